using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>A fault of links that is seen by what becomes of TCP connections.</summary>
internal abstract class ConnectionFault : LinkFault<ConnectionOutcome>
{
    /// <inheritdoc/>
    protected override Parameter<Direction> Direction { get; } = Parameters.Choice(
        "direction", "Whose connections; from-target are those that the targets open.", Faults.Direction.FromTarget);

    /// <summary>Gets what becomes of a connection while the fault is in force.</summary>
    protected abstract ConnectionOutcome Ordered { get; }

    /// <inheritdoc/>
    protected override Task PrepareAsync(ILinkImpairment network, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override Task<ConnectionOutcome> TryAsync(ILinkImpairment network, FaultOrder order, Traffic traffic, CancellationToken cancellationToken) =>
        network.TryConnectionAsync(traffic, cancellationToken);

    /// <inheritdoc/>
    protected override string? HarmOf(FaultOrder order, ConnectionOutcome before, ConnectionOutcome now) =>
        now == ConnectionOutcome.Works ? null : Describe(now);

    /// <inheritdoc/>
    protected override (bool Shows, string Seen) Judge(FaultOrder order, ConnectionOutcome before, ConnectionOutcome now) =>
        (now == Ordered, Describe(now));

    private static string Describe(ConnectionOutcome outcome) => outcome switch
    {
        ConnectionOutcome.Works => "a connection is opened and works",
        ConnectionOutcome.Refused => "a connection is refused",
        ConnectionOutcome.Reset => "a connection is opened and then reset",
        _ => "a connection is not answered",
    };
}
