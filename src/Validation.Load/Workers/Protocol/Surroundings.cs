namespace Validation.Load.Workers.Protocol;

/// <summary>Where a worker is and how it reaches SPIRE. Holds a private key: never to be written anywhere.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="TrustDomain">The trust domain's name.</param>
/// <param name="Flavor">Which SPIRE it is.</param>
/// <param name="LoadBalancedApi">Address and port in front of all servers.</param>
/// <param name="AdministratorId">The SPIFFE id of administrators.</param>
/// <param name="AuthorityCertificate">The authority that vouches for virtual nodes, in DER.</param>
/// <param name="AuthorityKey">Its private key, PKCS #8.</param>
/// <param name="Servers">The SPIRE servers.</param>
/// <param name="Agents">The SPIRE agents whose sockets the worker can open.</param>
internal sealed record Surroundings(
    int Seed,
    string TrustDomain,
    string Flavor,
    string LoadBalancedApi,
    string AdministratorId,
    byte[] AuthorityCertificate,
    byte[] AuthorityKey,
    IReadOnlyList<ServerPlace> Servers,
    IReadOnlyList<AgentPlace> Agents) : WorkerMessage
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(Surroundings)} of {Flavor} in {TrustDomain}";
}

/// <summary>A SPIRE server.</summary>
/// <param name="Name">Its node.</param>
/// <param name="Api">Its address and port.</param>
internal sealed record ServerPlace(string Name, string Api);

/// <summary>A SPIRE agent.</summary>
/// <param name="Name">Its node.</param>
/// <param name="Address">The node's address.</param>
/// <param name="Socket">The path of its Workload API socket where the worker is.</param>
/// <param name="CallerSelector">The selector by which it knows the worker.</param>
/// <param name="AgentId">Its SPIFFE id.</param>
internal sealed record AgentPlace(string Name, string Address, string Socket, string CallerSelector, string AgentId);
