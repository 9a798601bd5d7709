namespace Validation.Environments.Local.Nodes;

/// <summary>Reads a trust domain's authorities from one of its servers, for agents that know nobody yet.</summary>
internal interface IBundleSource
{
    /// <summary>Reads the X.509 authorities.</summary>
    /// <param name="adminSocket">The path of the server's private Unix socket.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Each authority's certificate, as DER.</returns>
    /// <exception cref="HarnessException">The server did not give an answer.</exception>
    Task<IReadOnlyList<byte[]>> ReadAuthoritiesAsync(string adminSocket, CancellationToken cancellationToken);
}
