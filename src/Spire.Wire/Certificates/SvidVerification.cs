namespace Spire.Wire.Certificates;

/// <summary>What a verification found.</summary>
public enum SvidProblem
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>There is no certificate, or one cannot be read.</summary>
    Malformed,

    /// <summary>Its life has not begun, or its authority's has not.</summary>
    NotYetValid,

    /// <summary>Its life is over, or its authority's is.</summary>
    Expired,

    /// <summary>It does not have exactly one SPIFFE id with a path.</summary>
    WrongSpiffeId,

    /// <summary>It is an authority, or its key usage is not that of an SVID.</summary>
    WrongUsage,

    /// <summary>No authority that is known for its trust domain has issued it, or there is no bundle of its trust domain.</summary>
    UnknownAuthority,

    /// <summary>A certificate names an issuer that is there and whose key did not sign it.</summary>
    WrongSignature,

    /// <summary>A certificate on the way to the authority may not issue certificates, or not at this depth.</summary>
    WrongIssuer,
}

/// <summary>The result of verifying an X509-SVID.</summary>
/// <param name="Problem">What is wrong.</param>
/// <param name="Detail">The same for a person, with the values seen; empty when nothing is wrong.</param>
public sealed record SvidVerification(SvidProblem Problem, string Detail)
{
    /// <summary>Gets whether everything is right.</summary>
    public bool IsValid => Problem == SvidProblem.None;

    /// <summary>Gets the leaf certificate; null when it cannot be read.</summary>
    public DecodedCertificate? Leaf { get; init; }

    /// <summary>Gets its SPIFFE id; null when it does not have exactly one.</summary>
    public SpiffeId? Id { get; init; }

    /// <summary>Gets the authority of the bundle at which the chain ends; null when it ends at none.</summary>
    public DecodedCertificate? Authority { get; init; }
}
