using System.Globalization;
using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Creates and deletes registration entries in bursts, as a controller does that cannot make up its mind.</summary>
/// <remarks>
/// They belong to agents, which have SVIDs signed for them until they are deleted, and no workload matches them. Each burst
/// goes to the next server. All carry the same hint, by which they are counted and removed, and an end of their own, after
/// which SPIRE removes them when nobody else has.
/// </remarks>
public sealed class EntryStorm : IFaultInjector
{
    private static readonly TimeSpan LeaseBeyondEnd = TimeSpan.FromSeconds(30);

    private static readonly Parameter<int> Entries = Parameters.Count("entries", "How many entries a burst creates for each agent.", 1, 1_000, 100);

    private static readonly Parameter<TimeSpan> Interval = Parameters.Duration(
        "interval", "The time from the end of one burst to the next.", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1));

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public EntryStorm(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "entry-storm",
        Summary = "Creates registration entries for agents in bursts; each burst deletes those of the one before.",
        Proof = "In force when SPIRE lists the entries of the first burst; it held when more bursts followed; over when it lists none.",
        Parameters = [SpireAgents.Target, Entries, Interval, CommonParameters.For],
        ProofLimits = new ProofLimits { Held = TimeSpan.FromSeconds(30) },
        StackMust = SpireServers.Capabilities,
        Objection = (fault, shape) => SpireAgents.ObjectionToTarget(fault, shape)
            ?? (fault.Parameters.Get(Interval) < fault.Length ? null : "there is no second burst before it is over; let 'for' be longer than 'interval'"),
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var storm = new Storm(order, _time);
        try
        {
            await storm.BurstAsync(cancellationToken);
            storm.GoOn();
            return storm;
        }
        catch
        {
            await storm.DisposeAsync();
            throw;
        }
    }

    private sealed class Storm : IInjection
    {
        private readonly IStack _stack;
        private readonly IReadOnlyList<ISpireServerControl> _servers;
        private readonly IReadOnlyList<EntryOrder> _orders;
        private readonly string _hint;
        private readonly TimeSpan _interval;
        private readonly TimeProvider _time;
        private readonly Reversal _reversal;
        private Repetition? _again;
        private int _turn;
        private int _bursts;
        private int _created;

        public Storm(FaultOrder order, TimeProvider time)
        {
            (_stack, _servers, _interval, _time) = (order.Stack, SpireServers.Of(order.Stack), order.Get(Interval), time);
            Length = order.Get(CommonParameters.For);
            _hint = string.Create(CultureInfo.InvariantCulture, $"storm-{order.Seed:x8}");
            var end = time.GetUtcNow() + Length + LeaseBeyondEnd;
            _orders =
            [
                .. order.NodesOf(SpireAgents.Target).Select((node, number) =>
                    new EntryOrder(SpireAgents.IdOf(order.Stack, node), _hint, number * order.Get(Entries), order.Get(Entries), end)),
            ];
            _reversal = new Reversal(RemoveAsync);
        }

        public TimeSpan Length { get; }

        private int Ordered => _orders.Sum(order => order.Count);

        public async Task BurstAsync(CancellationToken cancellationToken)
        {
            // Entries that are alike cannot stand twice, so those of the burst before go first: by their hint, because a
            // burst that failed may have created some all the same.
            var server = _servers[_turn++ % _servers.Count];
            await server.DeleteEntriesAsync(await server.FindEntriesAsync(_hint, cancellationToken), cancellationToken);
            foreach (var order in _orders)
            {
                _created += (await server.CreateEntriesAsync(order, cancellationToken)).Count;
            }

            _bursts++;
        }

        public void GoOn() => _again = Repetition.Every(_interval, _time, BurstAsync);

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => await CountAsync(cancellationToken) is var count && count > 0
            ? Proof.Proven($"{count} entries with the hint '{_hint}' are listed.")
            : Proof.NotYet($"No entry with the hint '{_hint}' is listed.");

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) =>
            _bursts < 2 ? Proof.NotYet("No burst has succeeded after the first one.")
            : await CountAsync(cancellationToken) is var count && count == 0 ? Proof.NotYet("Right now no entry of a burst is listed.")
            : Proof.Proven($"{_bursts} bursts created {_created} entries; {count} of them are listed.");

        public Task HealAsync(CancellationToken cancellationToken) => _reversal.TryAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) =>
            await _reversal.TryAsync(cancellationToken) ?? Proof.Proven($"No entry with the hint '{_hint}' is listed any more.");

        public async ValueTask DisposeAsync() => await _reversal.TryAsync(CancellationToken.None);

        private async Task<int> CountAsync(CancellationToken cancellationToken) =>
            (await SpireServers.AskAnyAsync(_stack, server => server.FindEntriesAsync(_hint, cancellationToken))).Count;

        private async Task RemoveAsync(CancellationToken cancellationToken)
        {
            await (_again?.DisposeAsync() ?? ValueTask.CompletedTask);
            await SpireServers.AskAnyAsync(_stack, async server =>
                await server.DeleteEntriesAsync(await server.FindEntriesAsync(_hint, cancellationToken), cancellationToken));
            if (await CountAsync(cancellationToken) is var left && left > 0)
            {
                throw new HarnessException(ExitCode.EnvironmentFailed, $"{left} entries with the hint '{_hint}' are still listed.");
            }
        }
    }
}
