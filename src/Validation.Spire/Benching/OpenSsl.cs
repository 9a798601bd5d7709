using System.Globalization;
using System.Text.RegularExpressions;
using Validation.Core;

namespace Validation.Spire.Benching;

/// <summary>What cryptography costs where nothing is around it: <c>openssl speed</c> and <c>openssl s_time</c>.</summary>
/// <param name="SignMicroseconds">The processor time of one ECDSA signature on P-256.</param>
/// <param name="VerifyMicroseconds">Of one verification.</param>
/// <param name="HandshakeMicroseconds">Of one new TLS connection on the client's side, without a look at who the server is.</param>
public sealed partial record OpenSsl(double SignMicroseconds, double VerifyMicroseconds, double HandshakeMicroseconds)
{
    private const string Seconds = "2";

    /// <summary>Measures.</summary>
    /// <param name="stack">To whom to connect.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="HarnessException">openssl is missing or says something else than expected.</exception>
    internal static async Task<OpenSsl> MeasureAsync(BenchStack stack, CancellationToken cancellationToken)
    {
        var (speed, _) = await ChildProcesses.RunAsync("openssl", ["speed", "-seconds", Seconds, "ecdsap256"], cancellationToken);
        var (handshakes, processor) = await ChildProcesses.RunAsync(
            "openssl", ["s_time", "-connect", stack.LoadBalancedApi.ToString(), "-new", "-time", Seconds], cancellationToken);
        var (signatures, verifications) = SpeedIn(speed);
        return new OpenSsl(1_000_000 / signatures, 1_000_000 / verifications, processor.TotalMicroseconds / ConnectionsIn(handshakes));
    }

    /// <summary>Returns how many signatures and verifications a second there are.</summary>
    /// <param name="output">What <c>openssl speed</c> printed.</param>
    /// <exception cref="HarnessException">It says nothing of them.</exception>
    internal static (double Signatures, double Verifications) SpeedIn(string output)
    {
        var match = Require(Speed().Match(output), output);
        return (Number(match.Groups[1]), Number(match.Groups[2]));
    }

    /// <summary>Returns how many connections were made.</summary>
    /// <param name="output">What <c>openssl s_time</c> printed.</param>
    /// <exception cref="HarnessException">It does not say, or there were none.</exception>
    internal static double ConnectionsIn(string output) => Number(Require(Connections().Match(output), output).Groups[1]);

    private static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    private static Match Require(Match match, string output) => match.Success
        ? match
        : throw new HarnessException(ExitCode.EnvironmentFailed, $"openssl printed something that the bench does not understand: {output}");

    [GeneratedRegex(@"ecdsa \(nistp256\)\s+\S+s\s+\S+s\s+([\d.]+)\s+([\d.]+)")]
    private static partial Regex Speed();

    [GeneratedRegex(@"^([1-9]\d*) connections in [\d.]+s", RegexOptions.Multiline)]
    private static partial Regex Connections();
}
