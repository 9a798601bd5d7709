namespace Validation.Core.Faults;

/// <summary>What was seen when somebody looked whether a fault is in force, or over.</summary>
/// <param name="State">Whether it is proven.</param>
/// <param name="Statement">What was seen, as one sentence for the report.</param>
public sealed record Proof(ProofState State, string Statement)
{
    /// <summary>Returns a proof that holds.</summary>
    /// <param name="statement">What was seen.</param>
    public static Proof Proven(string statement) => new(ProofState.Proven, statement);

    /// <summary>Returns a proof that does not hold yet; looking again may help.</summary>
    /// <param name="statement">What was seen so far.</param>
    public static Proof NotYet(string statement) => new(ProofState.NotYet, statement);

    /// <summary>Returns a proof that cannot hold any more.</summary>
    /// <param name="statement">What was seen.</param>
    public static Proof Refuted(string statement) => new(ProofState.Refuted, statement);
}

/// <summary>Whether something is proven.</summary>
public enum ProofState
{
    /// <summary>It was seen.</summary>
    Proven,

    /// <summary>It was not seen yet.</summary>
    NotYet,

    /// <summary>The opposite was seen; looking again is no use.</summary>
    Refuted,
}
