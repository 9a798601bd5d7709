using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Follows the primary role of a database from one node to another.</summary>
internal sealed class PrimaryChange
{
    private readonly IDatabaseCluster _cluster;

    private PrimaryChange(IDatabaseCluster cluster, IReadOnlyList<DatabaseMember> before, DatabaseMember old) =>
        (_cluster, Before, Old) = (cluster, before, old);

    /// <summary>Gets the members before the change.</summary>
    public IReadOnlyList<DatabaseMember> Before { get; }

    /// <summary>Gets the primary before the change.</summary>
    public DatabaseMember Old { get; }

    /// <summary>Looks at the cluster before anything is done to it.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <exception cref="HarnessException">The cluster has no primary.</exception>
    public static async Task<PrimaryChange> BeginAsync(IDatabaseCluster cluster, CancellationToken cancellationToken)
    {
        var before = await cluster.GetMembersAsync(cancellationToken);
        var old = before.FirstOrDefault(member => member.Role == DatabaseRole.Primary)
            ?? throw new HarnessException(ExitCode.EnvironmentFailed, "The database had no primary before anything was done: " + Describe(before));
        return new PrimaryChange(cluster, before, old);
    }

    /// <summary>Returns the members as text.</summary>
    /// <param name="members">The members.</param>
    public static string Describe(IEnumerable<DatabaseMember> members) =>
        string.Join(", ", members.Select(member => $"{member.Node.Name} {member.Role.ToString().ToLowerInvariant()} ({member.State}, timeline {member.Timeline?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"})"));

    /// <summary>Looks whether the old primary has lost its role, or takes no writes any more.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    public async Task<Proof> ProveOldLostItsRoleAsync(CancellationToken cancellationToken)
    {
        var writing = _cluster.TryWriteAsync(cancellationToken);
        var members = await _cluster.GetMembersAsync(cancellationToken);
        if (members.First(member => member.Node == Old.Node).Role != DatabaseRole.Primary)
        {
            return Proof.Proven($"{Old.Node.Name} is no longer primary.");
        }

        return await writing
            ? Proof.NotYet($"{Old.Node.Name} is still primary and takes writes.")
            : Proof.Proven($"A write through the load balancer is no longer acknowledged, and {Old.Node.Name} is about to lose its role.");
    }

    /// <summary>Looks whether another node was promoted to a later timeline.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    public async Task<Proof> ProvePromotedAsync(CancellationToken cancellationToken)
    {
        var members = await _cluster.GetMembersAsync(cancellationToken);
        var promoted = Promoted(members);
        return promoted is null
            ? Proof.NotYet("No other node was promoted: " + Describe(members))
            : Proof.Proven($"{promoted.Node.Name} was promoted: timeline {Old.Timeline} → {promoted.Timeline}.");
    }

    /// <summary>Looks whether there is one primary, a new one, the old one follows it, and writes are acknowledged.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    public async Task<Proof> ProveSettledAsync(CancellationToken cancellationToken)
    {
        var members = await _cluster.GetMembersAsync(cancellationToken);
        var promoted = Promoted(members);
        var follower = members.First(member => member.Node == Old.Node);
        if (promoted is null || follower.Role != DatabaseRole.Replica || follower.State is not ("running" or "streaming"))
        {
            return Proof.NotYet("The cluster has not settled: " + Describe(members));
        }

        return await _cluster.TryWriteAsync(cancellationToken)
            ? Proof.Proven($"{promoted.Node.Name} takes writes on timeline {promoted.Timeline}; {follower.Node.Name} follows it.")
            : Proof.NotYet($"{promoted.Node.Name} is primary, but a write through the load balancer was not acknowledged.");
    }

    private DatabaseMember? Promoted(IEnumerable<DatabaseMember> members) =>
        members.FirstOrDefault(member =>
            member.Role == DatabaseRole.Primary && member.Node != Old.Node && member.Timeline > (Old.Timeline ?? 0));
}
