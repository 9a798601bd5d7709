using Validation.Core.Stacks;

namespace Validation.Environments.Network;

/// <summary>
/// Has packets of some pairs treated by one table, by leases that the kernel holds and that are renewed from here. A
/// renewal first looks whether everything is still in place; what is not is never put back, but remembered by those
/// who relied on it.
/// </summary>
internal sealed class LinkLeases : IAsyncDisposable
{
    /// <summary>How long the kernel keeps a pair without renewal.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(2);
    private const int HealAttempts = 3;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _ended = new();
    private readonly List<LinkLease> _held = [];
    private readonly INetfilter _netfilter;
    private readonly TimeProvider _time;
    private readonly NftScript _script;
    private readonly string _rules;
    private readonly Task _renewing;

    private LinkLeases(INetfilter netfilter, TimeProvider time, NftScript script, string rules)
    {
        (_netfilter, _time, _script, _rules) = (netfilter, time, script, rules);
        _renewing = RenewUntilEndedAsync();
    }

    /// <summary>Makes the table and begins to renew.</summary>
    /// <param name="netfilter">The kernel's packet filter.</param>
    /// <param name="script">The table, and what it does.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<LinkLeases> CreateAsync(INetfilter netfilter, NftScript script, TimeProvider time, CancellationToken cancellationToken)
    {
        await netfilter.ApplyAsync(script.MakeTable, cancellationToken);
        var state = await netfilter.ReadAsync(script.Table, cancellationToken);
        return new LinkLeases(netfilter, time, script, state.Rules);
    }

    /// <summary>Cuts links; for a table that drops.</summary>
    /// <param name="links">The links; some may be cut already by somebody else.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays cut.</param>
    public async Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken) =>
        new NetworkCut(links, await LeaseAsync([.. links.Select(link => new Traffic(link))], cancellationToken));

    /// <summary>Has the table treat traffic.</summary>
    /// <param name="traffic">The traffic; some of it may be treated already for somebody else.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays.</param>
    public Task<LinkLease> LeaseAsync(IReadOnlyCollection<Traffic> traffic, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            var before = await ReadAsync(cancellationToken);
            var lease = new LinkLease(this, traffic, before.Hits, _time.GetTimestamp());
            // Once handed over, the transaction is brought to its end: half known is worse than late.
            await _netfilter.ApplyAsync(_script.Lease(lease.Pairs, before.Leased, Lease), CancellationToken.None);
            _held.Add(lease);
            return lease;
        },
        cancellationToken);

    /// <summary>Reads the counters of a lease.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<IReadOnlyList<TrafficCount>> ReadCountersAsync(LinkLease lease, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            var state = await ReadAsync(cancellationToken);
            if (_held.Contains(lease))
            {
                Check(lease, state);
            }

            return (IReadOnlyList<TrafficCount>)
            [
                .. from traffic in lease.Traffic
                   let pair = AddressPair.Of(traffic)
                   where state.Leased.Contains(pair) && state.Hits.ContainsKey(pair)
                   let packets = state.Hits[pair] - lease.PacketsBefore.GetValueOrDefault(pair)
                   select new TrafficCount(traffic, packets, packets),
            ];
        },
        cancellationToken);

    /// <summary>Ends a lease; pairs that another one holds too stay.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task HealAsync(LinkLease lease, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            if (_held.Remove(lease))
            {
                await RemoveAsync(lease, cancellationToken);
            }

            return true;
        },
        cancellationToken);

    /// <summary>Renews all leases once.</summary>
    internal Task RenewAsync() => AloneAsync(
        async () =>
        {
            if (_held.Count > 0)
            {
                await RenewAllAsync();
            }

            return true;
        },
        _ended.Token);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _renewing;
        try
        {
            await _netfilter.ApplyAsync(_script.RemoveTable, CancellationToken.None);
        }
        catch (HarnessException)
        {
            // Somebody else has removed it, which is what was wanted.
        }

        _ended.Dispose();
        _gate.Dispose();
    }

    private async Task RenewAllAsync()
    {
        try
        {
            var state = await ReadAsync(_ended.Token);
            _held.ForEach(lease => Check(lease, state));
            var alive = _held.SelectMany(lease => lease.Pairs).Where(state.Leased.Contains).ToHashSet();
            var renewedAt = _time.GetTimestamp();
            if (alive.Count > 0)
            {
                await _netfilter.ApplyAsync(_script.Renew(alive, Lease), CancellationToken.None);
            }

            foreach (var lease in _held)
            {
                // Measured to the end of the transaction: it may have waited longer than the kernel did.
                BreakIfLate(lease);
                lease.RenewedAt = renewedAt;
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Whatever it was, the renewals to come must be tried; the kernel decides how long the lease holds.
            _held.ForEach(lease => lease.Break($"the lease could not be renewed: {error.Message}"));
        }
    }

    private void Check(LinkLease lease, NftState state)
    {
        BreakIfLate(lease);
        if (state.Rules != _rules)
        {
            lease.Break($"the rules in table '{_script.Table}' are not those that were made");
        }

        foreach (var gone in lease.Traffic.Where(traffic => !state.Leased.Contains(AddressPair.Of(traffic)) || !state.Hits.ContainsKey(AddressPair.Of(traffic))))
        {
            lease.Break($"the kernel does not have {gone} in table '{_script.Table}' any more");
        }
    }

    private void BreakIfLate(LinkLease lease)
    {
        var age = _time.GetElapsedTime(lease.RenewedAt);
        if (age > Lease)
        {
            lease.Break($"the lease of {Duration.Format(Lease)} lapsed: it was renewed only after {Duration.Format(age)}");
        }
    }

    private async Task RemoveAsync(LinkLease lease, CancellationToken cancellationToken)
    {
        var stillWanted = _held.SelectMany(other => other.Pairs).ToHashSet();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var state = await ReadAsync(cancellationToken);
                var unwanted = lease.Pairs.Where(pair => !stillWanted.Contains(pair)).ToArray();
                await _netfilter.ApplyAsync(
                    _script.Heal(unwanted.Where(state.Leased.Contains), unwanted.Where(state.Hits.ContainsKey)), CancellationToken.None);
                return;
            }
            catch (HarnessException error) when (attempt == HealAttempts)
            {
                // Nobody renews it any more, so the kernel ends it when the lease runs out.
                lease.Break($"it could not be healed in good order: {error.Message}");
                return;
            }
            catch (HarnessException)
            {
                // An element ran out between the look and the transaction; the next look will not see it.
            }
        }
    }

    private async Task RenewUntilEndedAsync()
    {
        using var timer = new PeriodicTimer(RenewalInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                await RenewAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The stack goes down.
        }
    }

    private Task<NftState> ReadAsync(CancellationToken cancellationToken) => _netfilter.ReadAsync(_script.Table, cancellationToken);

    private async Task<T> AloneAsync<T>(Func<Task<T>> action, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await action();
        }
        finally
        {
            _gate.Release();
        }
    }
}
