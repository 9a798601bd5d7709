using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Nodes whose processes were ended, until they are ready again. Shared by the faults that end processes.</summary>
internal sealed class DownNodes : IInjection
{
    /// <summary>How long a node is usually away beyond the time it is kept down: the restart policy's first pause, and the start.</summary>
    public static readonly TimeSpan UsualReturn = TimeSpan.FromSeconds(3);

    private readonly string _how;
    private readonly IReadOnlyList<(IKillable Node, SignalReceipt Receipt)> _hit;

    /// <summary>Creates the injection.</summary>
    /// <param name="how">What was done to them, as a past participle for sentences.</param>
    /// <param name="hold">How long they are kept down.</param>
    /// <param name="hit">The nodes and what the signal hit.</param>
    public DownNodes(string how, TimeSpan hold, IEnumerable<(IKillable Node, SignalReceipt Receipt)> hit)
    {
        _how = how;
        _hit = [.. hit];
        Length = hold;
    }

    /// <inheritdoc/>
    public TimeSpan Length { get; }

    /// <inheritdoc/>
    public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
    {
        if (_hit.FirstOrDefault(hit => hit.Receipt.Processes == 0) is { Node: { } missed })
        {
            return Proof.Refuted($"{missed.Name} had no process to hit; it was {missed.Status.State} already.");
        }

        // A node that is in a later incarnation was down in between, however short that was.
        foreach (var (node, _) in _hit.Where(hit => hit.Node.Status.Incarnation == hit.Receipt.Incarnation))
        {
            var alive = await node.CountProcessesAsync(cancellationToken);
            if (alive > 0)
            {
                return Proof.NotYet($"{node.Name} still has {alive} processes.");
            }
        }

        return Proof.Proven($"{string.Join(", ", _hit.Select(hit => $"{hit.Node.Name} ({hit.Receipt.Processes} processes)"))} {_how}; none of these processes exists any more.");
    }

    /// <inheritdoc/>
    public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
    {
        var back = Length > TimeSpan.Zero
            ? _hit.FirstOrDefault(hit => hit.Node.Status.Incarnation != hit.Receipt.Incarnation)
            : default;
        return Task.FromResult(back.Node is null
            ? Proof.Proven("It stayed down until it was released.")
            : Proof.Refuted($"{back.Node.Name} was started again although it was held down."));
    }

    /// <inheritdoc/>
    public async Task HealAsync(CancellationToken cancellationToken)
    {
        foreach (var (node, _) in _hit)
        {
            await node.ReleaseAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
    {
        var waiting = _hit.FirstOrDefault(hit =>
            hit.Node.Status is not { State: NodeState.Ready } || hit.Node.Status.Incarnation == hit.Receipt.Incarnation);
        return Task.FromResult(waiting.Node is null
            ? Proof.Proven($"{string.Join(", ", _hit.Select(hit => hit.Node.Name))} ready again.")
            : Proof.NotYet($"{waiting.Node.Name} is {waiting.Node.Status.State}{(waiting.Node.Status.Reason is { } reason ? $" ({reason})" : string.Empty)}."));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await HealAsync(CancellationToken.None);
}
