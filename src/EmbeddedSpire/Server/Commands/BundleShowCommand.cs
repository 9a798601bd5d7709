using EmbeddedSpire.Configuration;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Server.Commands;

/// <summary><c>server bundle show</c>: prints the trust domain's bundle.</summary>
internal static class BundleShowCommand
{
    /// <summary>Runs the command.</summary>
    /// <returns>0 when the bundle was printed, 1 when the server did not give it.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var flags = new FlagSet("server bundle show").WithSocket()
            .Value("format", "The format to show the bundle: pem or spiffe (default pem)")
            .Parse(arguments);
        if (flags.WantsHelp)
        {
            Console.Error.Write(flags.Usage);
            return 0;
        }

        var format = flags.Get("format") ?? "pem";
        if (format is not ("pem" or "spiffe"))
        {
            throw new ConfigurationException($"invalid format: \"{format}\"; allowed are pem and spiffe.{NearestWord.Hint(format, ["pem", "spiffe"])}");
        }

        using var channel = AdminChannel.Open(flags);
        try
        {
            var bundle = TrustBundle.FromApi(
                await channel.CallAsync(BundleMethods.GetBundle, new GetBundleRequest(), CallOptions.Within(AdminChannel.Patience), cancellationToken));
            Console.Write(format == "pem" ? bundle.ToPem() : bundle.ToDocument() + "\n");
            return 0;
        }
        catch (GrpcException error)
        {
            Console.Error.WriteLine($"Error: rpc error: code = {error.Code} desc = {error.Status.Message}");
            return 1;
        }
    }
}
