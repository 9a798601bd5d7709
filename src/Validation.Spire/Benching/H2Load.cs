using System.Globalization;
using System.Text.RegularExpressions;
using Spire.Wire.Contracts;
using Validation.Core;

namespace Validation.Spire.Benching;

/// <summary>nghttp2's load generator, which knows no gRPC but can be given its bytes.</summary>
internal static partial class H2Load
{
    // Not compressed, and no bytes follow: the request has no fields that are set.
    private static readonly byte[] EmptyMessage = new byte[5];

    /// <summary>Makes calls over one connection and returns the processor time of all of them.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="secure">Whether over TLS.</param>
    /// <param name="calls">How many calls.</param>
    /// <param name="inFlight">How many at the same time.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="HarnessException">It is missing, or not every call succeeded.</exception>
    public static async Task<TimeSpan> CallAsync(BenchStack stack, bool secure, int calls, int inFlight, CancellationToken cancellationToken)
    {
        var message = new FileInfo(Path.GetTempFileName());
        try
        {
            await File.WriteAllBytesAsync(message.FullName, EmptyMessage, cancellationToken);
            string[] arguments =
            [
                "-c", "1", "-t", "1",
                "-n", calls.ToString(CultureInfo.InvariantCulture),
                "-m", inFlight.ToString(CultureInfo.InvariantCulture),
                "-d", message.FullName,
                "-H", "content-type: application/grpc",
                "-H", "te: trailers",
                $"{(secure ? "https" : "http")}://{(secure ? stack.LoadBalancedApi : stack.ClearApi)}{HealthMethods.Check.Path}",
            ];
            var (output, processor) = await ChildProcesses.RunAsync("h2load", arguments, cancellationToken);
            return SucceededIn(output) == calls
                ? processor
                : throw new HarnessException(ExitCode.EnvironmentFailed, $"h2load: not all of {calls} calls succeeded. {output}");
        }
        finally
        {
            message.Delete();
        }
    }

    /// <summary>Returns how many calls succeeded; zero when the output does not say.</summary>
    /// <param name="output">What h2load printed.</param>
    public static int SucceededIn(string output) =>
        Succeeded().Match(output) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^requests: .* (\d+) succeeded, 0 failed, 0 errored, 0 timeout", RegexOptions.Multiline)]
    private static partial Regex Succeeded();
}
