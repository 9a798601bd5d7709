using Validation.Core.Stacks;

namespace Validation.Environments.Network;

/// <summary>
/// Cuts links by leases that the kernel holds and that are renewed from here. A renewal first looks whether everything
/// is still in place; what is not is never put back, but remembered by the cuts that relied on it.
/// </summary>
internal sealed class CutLeases : IAsyncDisposable
{
    /// <summary>How long the kernel keeps a link cut without renewal.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(2);
    private const int HealAttempts = 3;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _ended = new();
    private readonly List<NetworkCut> _cuts = [];
    private readonly INetfilter _netfilter;
    private readonly TimeProvider _time;
    private readonly string _rules;
    private readonly Task _renewing;

    private CutLeases(INetfilter netfilter, TimeProvider time, string rules)
    {
        (_netfilter, _time, _rules) = (netfilter, time, rules);
        _renewing = RenewUntilEndedAsync();
    }

    /// <summary>Makes the table and begins to renew.</summary>
    /// <param name="netfilter">The kernel's packet filter.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="hook">Where packets are dropped: <see cref="NftScript.Forwarded"/>, the default, or <see cref="NftScript.Received"/>.</param>
    public static async Task<CutLeases> CreateAsync(
        INetfilter netfilter, TimeProvider time, CancellationToken cancellationToken, string hook = NftScript.Forwarded)
    {
        await netfilter.ApplyAsync(NftScript.MakeTable(hook), cancellationToken);
        var state = await netfilter.ReadAsync(cancellationToken);
        return new CutLeases(netfilter, time, state.Rules);
    }

    /// <summary>Cuts links.</summary>
    /// <param name="links">The links; some may be cut already by somebody else.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays cut.</param>
    public Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken) => AloneAsync<INetworkCut>(
        async () =>
        {
            var before = await _netfilter.ReadAsync(cancellationToken);
            var cut = new NetworkCut(this, links, before.Hits, _time.GetTimestamp());
            // Once handed over, the transaction is brought to its end: half known is worse than late.
            await _netfilter.ApplyAsync(NftScript.Cut(cut.Pairs, before.Cut, Lease), CancellationToken.None);
            _cuts.Add(cut);
            return cut;
        },
        cancellationToken);

    /// <summary>Reads the counters of a cut.</summary>
    /// <param name="cut">The cut.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<IReadOnlyList<DroppedPackets>> ReadCountersAsync(NetworkCut cut, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            var state = await _netfilter.ReadAsync(cancellationToken);
            if (_cuts.Contains(cut))
            {
                Check(cut, state);
            }

            return (IReadOnlyList<DroppedPackets>)
            [
                .. from link in cut.Links
                   let pair = AddressPair.Of(link)
                   where state.Cut.Contains(pair) && state.Hits.ContainsKey(pair)
                   select new DroppedPackets(link, state.Hits[pair] - cut.PacketsBefore.GetValueOrDefault(pair)),
            ];
        },
        cancellationToken);

    /// <summary>Heals a cut; links that another cut holds too stay cut.</summary>
    /// <param name="cut">The cut.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task HealAsync(NetworkCut cut, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            if (_cuts.Remove(cut))
            {
                await RemoveAsync(cut, cancellationToken);
            }

            return true;
        },
        cancellationToken);

    /// <summary>Renews all leases once.</summary>
    internal Task RenewAsync() => AloneAsync(
        async () =>
        {
            if (_cuts.Count > 0)
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
            await _netfilter.ApplyAsync(NftScript.RemoveTable, CancellationToken.None);
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
            var state = await _netfilter.ReadAsync(_ended.Token);
            _cuts.ForEach(cut => Check(cut, state));
            var alive = _cuts.SelectMany(cut => cut.Pairs).Where(state.Cut.Contains).ToHashSet();
            var renewedAt = _time.GetTimestamp();
            if (alive.Count > 0)
            {
                await _netfilter.ApplyAsync(NftScript.Renew(alive, Lease), CancellationToken.None);
            }

            foreach (var cut in _cuts)
            {
                // Measured to the end of the transaction: it may have waited longer than the kernel did.
                BreakIfLate(cut);
                cut.RenewedAt = renewedAt;
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Whatever it was, the renewals to come must be tried; the kernel decides how long the cut holds.
            _cuts.ForEach(cut => cut.Break($"the lease could not be renewed: {error.Message}"));
        }
    }

    private void Check(NetworkCut cut, NftState state)
    {
        BreakIfLate(cut);
        if (state.Rules != _rules)
        {
            cut.Break($"the rules in table '{NftScript.Table}' are not those that were made");
        }

        foreach (var link in cut.Links.Where(link => !state.Cut.Contains(AddressPair.Of(link)) || !state.Hits.ContainsKey(AddressPair.Of(link))))
        {
            cut.Break($"the kernel does not have {link} in its list of cut links any more");
        }
    }

    private void BreakIfLate(NetworkCut cut)
    {
        var age = _time.GetElapsedTime(cut.RenewedAt);
        if (age > Lease)
        {
            cut.Break($"the lease of {Duration.Format(Lease)} lapsed: it was renewed only after {Duration.Format(age)}");
        }
    }

    private async Task RemoveAsync(NetworkCut cut, CancellationToken cancellationToken)
    {
        var stillWanted = _cuts.SelectMany(other => other.Pairs).ToHashSet();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var state = await _netfilter.ReadAsync(cancellationToken);
                var unwanted = cut.Pairs.Where(pair => !stillWanted.Contains(pair)).ToArray();
                await _netfilter.ApplyAsync(
                    NftScript.Heal(unwanted.Where(state.Cut.Contains), unwanted.Where(state.Hits.ContainsKey)), CancellationToken.None);
                return;
            }
            catch (HarnessException error) when (attempt == HealAttempts)
            {
                // Nobody renews it any more, so the kernel heals it when the lease runs out.
                cut.Break($"it could not be healed in good order: {error.Message}");
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
