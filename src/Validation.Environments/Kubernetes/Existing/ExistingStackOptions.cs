namespace Validation.Environments.Kubernetes.Existing;

/// <summary>A stack that is there already, and what its owner permits.</summary>
public sealed record ExistingStackOptions
{
    /// <summary>Gets what messages call the environment file.</summary>
    public required string File { get; init; }

    /// <summary>Gets the name of the trust domain, without <c>spiffe://</c>.</summary>
    public required string TrustDomain { get; init; }

    /// <summary>Gets the full path of the file with its bundle: PEM, or a SPIFFE bundle document.</summary>
    public required string TrustBundle { get; init; }

    /// <summary>Gets by what the nodes are found, by role; <c>spire-server</c> is among them.</summary>
    public required IReadOnlyDictionary<string, ExistingRole> Roles { get; init; }

    /// <summary>Gets the authority that the servers' <c>x509pop</c> attestor trusts.</summary>
    /// <value>Null when the harness may attest no nodes.</value>
    public KeyPairPaths? Attestation { get; init; }

    /// <summary>Gets the SVID of an administrator.</summary>
    /// <value>Null when the harness has no administrator's rights.</value>
    public KeyPairPaths? Administrator { get; init; }

    /// <summary>Gets the names of the faults that may happen.</summary>
    /// <value>Defaults to none.</value>
    public IReadOnlyList<string> PermittedFaults { get; init; } = [];

    /// <summary>Gets whether node helpers may be deployed, in namespaces of the harness' own, for faults that need them.</summary>
    /// <value>Defaults to false.</value>
    public bool Helpers { get; init; }
}

/// <summary>By what the nodes of a role are found.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Selector">The label selector.</param>
/// <param name="Container">What their main container is called; null when it is called like the role, or is the only one.</param>
/// <param name="Port">The port of the role's API.</param>
public sealed record ExistingRole(string Namespace, string Selector, string? Container, int Port);

/// <summary>Where a certificate and its private key are.</summary>
/// <param name="Certificate">The full path of the certificate: PEM, intermediates after the leaf.</param>
/// <param name="Key">The full path of the key: PEM. It is read, and never written anywhere.</param>
public sealed record KeyPairPaths(string Certificate, string Key);
