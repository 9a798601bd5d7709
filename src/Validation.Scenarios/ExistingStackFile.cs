using Validation.Core.Scenarios;

namespace Validation.Scenarios;

/// <summary>What an environment file says about a stack that is there already.</summary>
public sealed record ExistingStackFile
{
    /// <summary>Gets the name of its trust domain, without <c>spiffe://</c>.</summary>
    public required string TrustDomain { get; init; }

    /// <summary>Gets the file with its bundle, as it is written: PEM, or a SPIFFE bundle document.</summary>
    public required string TrustBundle { get; init; }

    /// <summary>Gets by what its nodes are found, by role; <c>spire-server</c> is among them.</summary>
    public required IReadOnlyDictionary<string, ExistingRoleFile> Roles { get; init; }

    /// <summary>Gets the authority that the servers' <c>x509pop</c> attestor trusts.</summary>
    /// <value>Null when the harness may attest no nodes.</value>
    public KeyPairFile? Attestation { get; init; }

    /// <summary>Gets the SVID of an administrator.</summary>
    /// <value>Null when the harness has no administrator's rights.</value>
    public KeyPairFile? Administrator { get; init; }

    /// <summary>Gets the names of the faults that may happen.</summary>
    /// <value>Defaults to none.</value>
    public IReadOnlyList<string> PermittedFaults { get; init; } = [];

    /// <summary>Gets whether node helpers may be deployed for faults that need them.</summary>
    /// <value>Defaults to false.</value>
    public bool Helpers { get; init; }

    /// <summary>Gets where it stands in the file.</summary>
    public SourcePosition Position { get; init; }
}

/// <summary>By what the nodes of a role are found.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Selector">The label selector.</param>
/// <param name="Container">What their main container is called; null when it is called like the role, or is the only one.</param>
/// <param name="Port">The port of the role's API.</param>
public sealed record ExistingRoleFile(string Namespace, string Selector, string? Container, int Port);

/// <summary>A certificate and its private key.</summary>
/// <param name="Certificate">The certificate's file as it is written: PEM, intermediates after the leaf.</param>
/// <param name="Key">The key's file as it is written: PEM.</param>
public sealed record KeyPairFile(string Certificate, string Key);
