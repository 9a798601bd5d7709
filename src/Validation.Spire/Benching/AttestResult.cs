using Validation.Statistics;

namespace Validation.Spire.Benching;

/// <summary>What an attestation costs its client.</summary>
/// <param name="Attestations">How many were made in each round.</param>
/// <param name="Rounds">The rounds.</param>
public sealed record AttestResult(int Attestations, IReadOnlyList<AttestRound> Rounds)
{
    /// <summary>Gets how many attestations one processor makes in a second; the median of the rounds.</summary>
    public double PerProcessorSecond => MedianOf(round => 1_000_000 / round.Microseconds);

    /// <summary>Gets how many times the cost of the bare cryptography an attestation takes; the median of the rounds.</summary>
    public double Ratio => MedianOf(round => round.Microseconds / round.BareMicroseconds);

    /// <summary>Gets how many attestations one processor would make if there were nothing but cryptography.</summary>
    public double BarePerProcessorSecond => MedianOf(round => 1_000_000 / round.BareMicroseconds);

    private double MedianOf(Func<AttestRound, double> figure) => Shift.Middle([.. Rounds.Select(figure).Order()]);
}

/// <summary>One round.</summary>
/// <param name="Microseconds">The processor time of one attestation, its key and request made before.</param>
/// <param name="OpenSsl">What openssl takes.</param>
public sealed record AttestRound(double Microseconds, OpenSsl OpenSsl)
{
    /// <summary>
    /// Gets what an attestation cannot do without: a handshake, the verification of the server's SVID and of the agent's, and the
    /// signature that answers the challenge.
    /// </summary>
    public double BareMicroseconds => OpenSsl.HandshakeMicroseconds + (2 * OpenSsl.VerifyMicroseconds) + OpenSsl.SignMicroseconds;
}
