using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>A node whose processes are limited to what they have and a little more.</summary>
internal sealed class LimitedNode : IInjection
{
    private readonly ILimitable _node;
    private readonly IProcessLimit _limit;
    private readonly Func<LimitedProcess, bool> _isObeyed;
    private readonly Func<long, string> _words;
    private readonly Reversal _reversal;

    /// <summary>Creates it.</summary>
    /// <param name="node">The node.</param>
    /// <param name="limit">Its limits.</param>
    /// <param name="length">The fault's length.</param>
    /// <param name="isObeyed">Tells whether a process that is limited has no more than it may have.</param>
    /// <param name="words">Says how much more a process may have.</param>
    public LimitedNode(ILimitable node, IProcessLimit limit, TimeSpan length, Func<LimitedProcess, bool> isObeyed, Func<long, string> words) =>
        (_node, _limit, Length, _isObeyed, _words, _reversal) = (node, limit, length, isObeyed, words, new Reversal(limit.HealAsync));

    /// <inheritdoc/>
    public TimeSpan Length { get; }

    /// <inheritdoc/>
    public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
    {
        var processes = await _limit.ReadAsync(cancellationToken);
        var free = processes.Count(process => !process.IsLimited || !_isObeyed(process));
        return processes.Count == 0 ? Proof.NotYet($"{_node.Name} has no process right now.")
            : free > 0 ? Proof.NotYet($"{free} of {processes.Count} processes of {_node.Name} may have more.")
            : Proof.Proven($"The kernel grants none of {processes.Count} processes of {_node.Name} more than another {_words(processes.Max(process => process.Remaining))}.");
    }

    /// <inheritdoc/>
    public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveInjectedAsync(cancellationToken);

    /// <inheritdoc/>
    public Task HealAsync(CancellationToken cancellationToken) => _reversal.TryAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
    {
        if (await _reversal.TryAsync(cancellationToken) is { } notYet)
        {
            return notYet;
        }

        var limited = (await _limit.ReadAsync(cancellationToken)).Count(process => process.IsLimited);
        return limited > 0 ? Proof.NotYet($"{limited} processes of {_node.Name} are still limited.")
            : _node.Status.State != NodeState.Ready ? Proof.NotYet($"{_node.Name} is {_node.Status.State}.")
            : Proof.Proven($"The processes of {_node.Name} have the limits from before, and it is ready.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _limit.DisposeAsync();
}
