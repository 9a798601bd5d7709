namespace Validation.Core.Stacks;

/// <summary>A stack in which the harness may do what an administrator of SPIRE may.</summary>
public interface ISpireControl
{
    /// <summary>Returns what gives orders to one server, over its private socket and past every network fault.</summary>
    /// <param name="server">The server.</param>
    ISpireServerControl ControlOf(INode server);
}

/// <summary>One SPIRE server as its administrator sees it.</summary>
/// <remarks>
/// Agents, entries and the bundle are in the database that all servers share. Authorities are the server's own: one signs,
/// and beside it there is one that was prepared, or the old one. Every call throws a <see cref="HarnessException"/> when the
/// server refuses, or does not answer within 10 s.
/// </remarks>
public interface ISpireServerControl
{
    /// <summary>Gets the server.</summary>
    INode Node { get; }

    /// <summary>Returns the id of the authority that signs; for X.509 its subject key identifier, for JWT its key id.</summary>
    /// <param name="kind">Of which kind.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<string> ReadActiveAuthorityAsync(AuthorityKind kind, CancellationToken cancellationToken);

    /// <summary>Makes the next authority and puts it into the bundle.</summary>
    /// <param name="kind">Of which kind.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Its id.</returns>
    Task<string> PrepareAuthorityAsync(AuthorityKind kind, CancellationToken cancellationToken);

    /// <summary>Changes the standing of an authority of this server.</summary>
    /// <param name="kind">Of which kind.</param>
    /// <param name="change">To activate needs a prepared one, to taint the old one, to revoke a tainted one.</param>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task ChangeAuthorityAsync(AuthorityKind kind, AuthorityChange change, string id, CancellationToken cancellationToken);

    /// <summary>Returns the authorities in the bundle that the server gives to agents.</summary>
    /// <param name="kind">Of which kind.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<IReadOnlyList<TrustedAuthority>> ReadBundleAsync(AuthorityKind kind, CancellationToken cancellationToken);

    /// <summary>Has the server sign an SVID.</summary>
    /// <param name="kind">Of which kind.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The id of the authority that has signed it.</returns>
    Task<string> SignAsync(AuthorityKind kind, CancellationToken cancellationToken);

    /// <summary>Returns what is known of an agent; null when it has not attested.</summary>
    /// <param name="agentId">The agent's SPIFFE id.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<AttestedAgent?> FindAgentAsync(string agentId, CancellationToken cancellationToken);

    /// <summary>Bans an agent until it is deleted.</summary>
    /// <param name="agentId">The agent's SPIFFE id.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task BanAgentAsync(string agentId, CancellationToken cancellationToken);

    /// <summary>Deletes an agent, and with it its ban. Does nothing when there is none.</summary>
    /// <param name="agentId">The agent's SPIFFE id.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task DeleteAgentAsync(string agentId, CancellationToken cancellationToken);

    /// <summary>Creates registration entries that no workload matches.</summary>
    /// <param name="order">What they are like.</param>
    /// <param name="cancellationToken">Ends the waiting; some may have been created.</param>
    /// <returns>The ids of those that were created.</returns>
    Task<IReadOnlyList<string>> CreateEntriesAsync(EntryOrder order, CancellationToken cancellationToken);

    /// <summary>Returns the ids of the registration entries with a hint, past every cache.</summary>
    /// <param name="hint">The hint.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<IReadOnlyList<string>> FindEntriesAsync(string hint, CancellationToken cancellationToken);

    /// <summary>Deletes registration entries. Does nothing for those that do not exist.</summary>
    /// <param name="ids">Their ids.</param>
    /// <param name="cancellationToken">Ends the waiting; some may have been deleted.</param>
    Task DeleteEntriesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken);
}

/// <summary>What an authority signs.</summary>
public enum AuthorityKind
{
    /// <summary>X509-SVIDs.</summary>
    X509,

    /// <summary>JWT-SVIDs.</summary>
    Jwt,
}

/// <summary>What can be done to an authority, in this order.</summary>
public enum AuthorityChange
{
    /// <summary>The prepared one signs from now on; the one before is old.</summary>
    Activate,

    /// <summary>The old one is not to be relied on any more: agents replace what it has signed.</summary>
    Taint,

    /// <summary>The tainted one leaves the bundle: nobody accepts what it has signed.</summary>
    Revoke,
}

/// <summary>An authority in a bundle.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsTainted">Whether it is not to be relied on any more.</param>
public sealed record TrustedAuthority(string Id, bool IsTainted);

/// <summary>An agent that has attested.</summary>
/// <param name="SerialNumber">The serial number of its SVID, in decimal; empty when it is banned.</param>
/// <param name="IsBanned">Whether every call of it is refused.</param>
public sealed record AttestedAgent(string SerialNumber, bool IsBanned);

/// <summary>Registration entries to be made.</summary>
/// <param name="ParentId">The SPIFFE id of the agent that gets them.</param>
/// <param name="Hint">What all of them carry, and the path that each is a part of.</param>
/// <param name="First">The number of the first one.</param>
/// <param name="Count">How many.</param>
/// <param name="ExpiresAt">When SPIRE removes them by itself, in whole seconds; it looks every five minutes.</param>
public sealed record EntryOrder(string ParentId, string Hint, int First, int Count, DateTimeOffset ExpiresAt);
