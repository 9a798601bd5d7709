using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Agent.Storage;
using EmbeddedSpire.Agent.Workloads;
using EmbeddedSpire.Configuration;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Workload;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Agent.Commands;

/// <summary><c>agent api fetch x509</c>: fetches, verifies and prints X509-SVIDs as a workload gets them.</summary>
internal static class FetchX509Command
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(1);

    /// <summary>Runs the command.</summary>
    /// <returns>0 when there was at least one SVID and all verify, else 1.</returns>
    /// <exception cref="ConfigurationException">The arguments are wrong.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        var flags = new FlagSet("agent api fetch x509")
            .Value("socketPath", $"Path of the SPIFFE Workload API's socket (default {AgentSettings.DefaultSocketPath})")
            .Value("timeout", "Time to wait for a response (default 1s)")
            .Value("write", "Write SVID data to the specified directory")
            .Switch("silent", "Suppress stdout")
            .Parse(arguments);
        if (flags.WantsHelp)
        {
            output.WriteLine(flags.Usage);
            return 0;
        }

        var limit = flags.Get("timeout") is not { } text ? DefaultLimit
            : GoDuration.TryParse(text, out var given) && given > TimeSpan.Zero ? given
            : throw new ConfigurationException($"-timeout '{text}' is not a duration. Write a number with a unit, such as '5s'.");
        try
        {
            using var socket = new OwnSocket(flags.Get("socketPath") ?? AgentSettings.DefaultSocketPath, limit, TimeProvider.System);
            var begun = Stopwatch.GetTimestamp();
            var response = await socket.FetchSvidsAsync(cancellationToken);
            Verify(response);
            if (!flags.IsOn("silent"))
            {
                Print(response, Stopwatch.GetElapsedTime(begun), output);
            }

            if (flags.Get("write") is { } directory)
            {
                Write(response, directory, output);
            }

            return 0;
        }
        catch (GrpcException failure)
        {
            errors.WriteLine(ServerCallException.Describe(failure));
        }
        catch (Exception error) when (error is CryptographicException or FormatException or IOException or UnauthorizedAccessException)
        {
            errors.WriteLine(error.Message);
        }

        return 1;
    }

    private static void Verify(X509SVIDResponse response)
    {
        foreach (var svid in response.Svids)
        {
            var bundle = BundleFormats.FromDer(SpiffeId.Parse(svid.SpiffeId).TrustDomain, svid.Bundle.Memory);
            var verification = new SvidVerifier(bundle).Verify(DecodedCertificate.Split(svid.X509Svid.Memory), TimeProvider.System.GetUtcNow());
            if (!verification.IsValid)
            {
                throw new FormatException($"\"{svid.SpiffeId}\" SVID failed verification against bundle: {verification.Detail}");
            }
        }
    }

    private static void Print(X509SVIDResponse response, TimeSpan elapsed, TextWriter output)
    {
        output.WriteLine($"Received {response.Svids.Count} svid{(response.Svids.Count == 1 ? string.Empty : "s")} after {GoDuration.Format(elapsed)}");
        foreach (var svid in response.Svids)
        {
            output.WriteLine();
            output.WriteLine($"SPIFFE ID:\t\t{svid.SpiffeId}");
            if (svid.Hint.Length > 0)
            {
                output.WriteLine($"Hint:\t\t\t{svid.Hint}");
            }

            PrintLives("SVID", "Intermediate", svid.X509Svid.Memory, output);
            PrintLives(null, "CA", svid.Bundle.Memory, output);
        }

        foreach (var (id, bundle) in response.FederatedBundles.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            PrintLives(null, $"[{id}] CA", bundle.Memory, output);
        }

        output.WriteLine();
    }

    /// <summary>Prints the life of each certificate.</summary>
    /// <param name="first">What the first one is called; null when it is one of the others.</param>
    /// <param name="others">What the others are called; they are numbered.</param>
    /// <param name="concatenated">The certificates in DER.</param>
    /// <param name="output">Where to.</param>
    private static void PrintLives(string? first, string others, ReadOnlyMemory<byte> concatenated, TextWriter output)
    {
        var number = first is null ? 1 : 0;
        foreach (var certificate in DecodedCertificate.Split(concatenated).Select(DecodedCertificate.Decode))
        {
            var name = number == 0 ? first : $"{others} #{number.ToString(CultureInfo.InvariantCulture)}";
            output.WriteLine($"{name} Valid After:\t{Format(certificate.NotBefore)}");
            output.WriteLine($"{name} Valid Until:\t{Format(certificate.NotAfter)}");
            number++;
        }
    }

    private static string Format(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss '+0000 UTC'", CultureInfo.InvariantCulture);

    private static void Write(X509SVIDResponse response, string directory, TextWriter output)
    {
        for (var i = 0; i < response.Svids.Count; i++)
        {
            var svid = response.Svids[i];
            WriteCertificates($"SVID #{i}", Path.Combine(directory, $"svid.{i}.pem"), svid.X509Svid.Memory, output);
            var keyPath = Path.Combine(directory, $"svid.{i}.key");
            output.WriteLine($"Writing key #{i} to file {keyPath}.");
            PrivateFile.Replace(keyPath, System.Text.Encoding.ASCII.GetBytes(PemEncoding.WriteString("PRIVATE KEY", svid.X509SvidKey.Span) + "\n"));
            WriteCertificates($"bundle #{i}", Path.Combine(directory, $"bundle.{i}.pem"), svid.Bundle.Memory, output);
            var federated = response.FederatedBundles.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
            for (var j = 0; j < federated.Count; j++)
            {
                var path = Path.Combine(directory, $"federated_bundle.{i}.{j}.pem");
                WriteCertificates($"federated bundle #{j} for trust domain {federated[j].Key}", path, federated[j].Value.Memory, output);
            }
        }
    }

    private static void WriteCertificates(string what, string path, ReadOnlyMemory<byte> concatenated, TextWriter output)
    {
        output.WriteLine($"Writing {what} to file {path}.");
        File.WriteAllText(path, string.Concat(DecodedCertificate.Split(concatenated).Select(der => PemEncoding.WriteString("CERTIFICATE", der.Span) + "\n")));
    }
}
