using EmbeddedSpire.Configuration;

namespace EmbeddedSpire;

/// <summary>
/// A mistake that was reported of SPIRE, or of how it is run, and that the embedded one makes when <c>experimental</c> in its
/// configuration lists it under <c>defects</c>, a key that SPIRE refuses. All are off unless they are listed there.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What goes wrong, as a sentence.</param>
public sealed record Defect(string Name, string Summary)
{
    /// <summary>Gets the defect of <see cref="Server.ServerHealth"/>.</summary>
    public static Defect DatabaseDecidesLiveness { get; } = new(
        "database-decides-liveness", "A server that cannot reach its database says that it does not live, so that all servers are restarted.");

    /// <summary>Gets the defect of <see cref="Agent.Syncing.Synchronizer"/>.</summary>
    public static Defect FailedSyncDropsCache { get; } = new(
        "failed-sync-drops-cache", "An agent whose sync fails forgets its entries and SVIDs, so that workloads get none until the next sync.");

    /// <summary>Gets the defect of <see cref="Agent.Syncing.SvidRotator"/>.</summary>
    public static Defect AttestsWithoutLimit { get; } = new(
        "attests-without-limit", "An agent that attests anew waits for the answer however long it takes, and makes no other call meanwhile.");

    /// <summary>Gets the defect of <see cref="Agent.Connection.ServerChannel"/>.</summary>
    public static Defect NeverReconnects { get; } = new(
        "never-reconnects", "An agent that once could reach no server at all keeps its failed channel and never reaches one again.");

    /// <summary>Gets the defect of <see cref="Server.SpireServer"/>.</summary>
    public static Defect KeepsConnections { get; } = new(
        "keeps-connections", "Servers never end a connection because of its age, so that agents stay with the server that they once found.");

    /// <summary>Gets the defect of <see cref="Server.Services.AttestationService"/>.</summary>
    public static Defect JoinTokenCheckThenAct { get; } = new(
        "join-token-check-then-act", "A join token is looked up and deleted without asking who deleted it, so that several who come at once are let in.");

    /// <summary>Gets the defect of <see cref="Server.Storage.ConnectionPool"/>.</summary>
    public static Defect PoolLosesPlaces { get; } = new(
        "pool-loses-places", "A database connection that fails keeps its place in the pool, so that after enough failures nobody gets one.");

    /// <summary>Gets the defect of <see cref="Server.Storage.Database"/>.</summary>
    public static Defect CommitsLocally { get; } = new(
        "commits-locally", "Servers ask the database not to wait for the synchronous standby when they commit, so that a failover loses what was acknowledged.");

    /// <summary>Gets the defect of <see cref="Server.Storage.Database"/>.</summary>
    public static Defect StaysWithFirstPrimary { get; } = new(
        "stays-with-first-primary", "The database node that took writes at the start is the only one that is ever used, though it has become a standby that refuses them.");

    /// <summary>Gets the defect of <see cref="Server.Authorities.X509Line"/>.</summary>
    public static Defect PublishesLate { get; } = new(
        "publishes-late", "A new X.509 authority may sign at once and is in the bundle fifteen seconds later, so that nobody can verify what it has signed.");

    /// <summary>Gets the defect of <see cref="Server.Authorities.X509Line"/>.</summary>
    public static Defect ForgetsBundle { get; } = new(
        "forgets-bundle", "An X.509 authority that takes over from another is not written to the bundle when it is prepared, nor later.");

    /// <summary>Gets the defect of <see cref="Agent.Syncing.SvidRotator"/>.</summary>
    public static Defect GivesUpReattesting { get; } = new(
        "gives-up-reattesting", "An agent ends when its SVID could not be replaced at the first try, though that is good for another half of its life.");

    /// <summary>Gets the defect of <see cref="Server.Calls.RateLimits"/>.</summary>
    public static Defect LimitsTheBalancer { get; } = new(
        "limits-the-balancer", "Attestations are limited to one a second for each address, though all agents come from that of the load balancer.");

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<Defect> All { get; } =
        [DatabaseDecidesLiveness, FailedSyncDropsCache, AttestsWithoutLimit, NeverReconnects, KeepsConnections, JoinTokenCheckThenAct, PoolLosesPlaces, CommitsLocally, StaysWithFirstPrimary, PublishesLate, ForgetsBundle, GivesUpReattesting, LimitsTheBalancer];

    /// <summary>Reads the defects that are switched on.</summary>
    /// <param name="experimental">The section.</param>
    internal static IReadOnlySet<Defect> ReadAll(Section experimental)
    {
        const string Key = "defects";
        var names = experimental.Texts(Key);
        foreach (var name in names.Where(name => All.All(defect => defect.Name != name)))
        {
            experimental.Report(Key, $"defect '{name}' is not known; there are {string.Join(", ", All.Select(defect => defect.Name))}.");
        }

        return All.Where(defect => names.Contains(defect.Name)).ToHashSet();
    }
}
