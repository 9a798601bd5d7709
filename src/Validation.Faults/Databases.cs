using Validation.Core;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>What the faults inside of a database share.</summary>
internal static class Databases
{
    /// <summary>What the stack must be able to do.</summary>
    public static readonly IReadOnlyList<Type> Capabilities = [typeof(IDatabaseCluster), typeof(IDatabaseControl)];

    /// <summary>The database node that is hit; the primary when the scenario does not say.</summary>
    public static readonly Parameter<Selector> Target = Parameters.Target("target", "The database nodes that are hit.", "postgres/primary");

    // The server takes everything back by itself when the harness did not, this long after the fault should have ended.
    private static readonly TimeSpan LeaseBeyondEnd = TimeSpan.FromSeconds(30);

    /// <summary>Returns for how long the server keeps a fault in force without the harness.</summary>
    /// <param name="length">The fault's length.</param>
    public static TimeSpan Lease(TimeSpan length) => length + LeaseBeyondEnd;

    /// <summary>Objects to a target that is no database node.</summary>
    /// <param name="fault">The fault, with <see cref="Target"/>.</param>
    /// <param name="shape">The stack.</param>
    public static string? ObjectionToTarget(FaultSpec fault, StackShape shape) =>
        CommonParameters.ObjectionToTarget(fault, shape, Roles.Postgres, "database node");

    /// <summary>Opens a session as superuser.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="node">The database node.</param>
    /// <param name="length">The length of the fault that it is for.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static Task<IDatabaseSession> OpenAsync(IStack stack, INode node, TimeSpan length, CancellationToken cancellationToken) =>
        ((IDatabaseControl)stack).OpenAsync(node, Lease(length), cancellationToken);

    /// <summary>Returns the node that is the primary right now.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">There is none.</exception>
    public static async Task<INode> PrimaryAsync(IStack stack, CancellationToken cancellationToken)
    {
        var members = await ((IDatabaseCluster)stack).GetMembersAsync(cancellationToken);
        return members.FirstOrDefault(member => member.Role == DatabaseRole.Primary)?.Node
            ?? throw new HarnessException(ExitCode.EnvironmentFailed, "The database has no primary right now: " + PrimaryChange.Describe(members));
    }

    /// <summary>Runs statements as superuser at whichever node is the primary right now.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="statements">The statements, each a transaction of its own.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task RunOnPrimaryAsync(IStack stack, IEnumerable<string> statements, CancellationToken cancellationToken) =>
        await RunAsync(stack, await PrimaryAsync(stack, cancellationToken), statements, cancellationToken);

    /// <summary>Runs statements as superuser.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="node">The database node.</param>
    /// <param name="statements">The statements, each a transaction of its own.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">The server refused one; those after it are not tried.</exception>
    public static async Task RunAsync(IStack stack, INode node, IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        await using var session = await OpenAsync(stack, node, TimeSpan.Zero, cancellationToken);
        foreach (var statement in statements)
        {
            await session.RunAsync(statement, cancellationToken);
        }
    }
}
