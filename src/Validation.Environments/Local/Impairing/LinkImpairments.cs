using Validation.Core.Stacks;
using Validation.Environments.Local.Network;
using Validation.Environments.Network;

namespace Validation.Environments.Local.Impairing;

/// <summary>
/// Impairs links: the impairer is told what to do to their packets, then a lease has the router send them past it. The
/// cable, the table and the process are made when they are first needed.
/// </summary>
/// <remarks>
/// Should the impairer end or stand still, marked packets would be lost without being meant to. So it is asked every
/// second; when it does not answer, all impairments are broken and their leases ended.
/// </remarks>
internal sealed class LinkImpairments : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly NftScript Refusing = new()
    {
        Table = "inet validation_refuse",
        Hook = "forward",
        ToNode = StarAddresses.ToNode,
        Condition = "tcp flags & (syn | ack) == syn ",
        Verdict = "reject with tcp reset",
    };

    private static readonly NftScript Resetting = Refusing with
    {
        Table = "inet validation_reset",
        Condition = "tcp flags & (syn | rst) == 0x0 ",
    };

    // Numbers begin with one; to ask about this one is to ask whether anybody is there.
    private const int Nobody = 0;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _ended = new();
    private readonly Dictionary<NftScript, LinkLeases> _leases = [];
    private readonly List<ImpairedTraffic> _impaired = [];
    private readonly TimeProvider _time;
    private readonly Task _watching;
    private ImpairerProcess? _impairer;
    private int _last;

    /// <summary>Prepares; nothing is made yet.</summary>
    /// <param name="time">The clock.</param>
    public LinkImpairments(TimeProvider time)
    {
        _time = time;
        _watching = WatchAsync();
    }

    /// <summary>Gets the number of the impairer's process; null while there is none.</summary>
    public int? ImpairerId => _impairer?.Id;

    /// <summary>Lays the cable, makes the table and waits until the impairer answers.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task PrepareImpairingAsync(CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            await LeasesAsync(Detour.Marking, cancellationToken);
            return await (await LivingImpairerAsync()).TellAsync(new Count(Nobody));
        },
        cancellationToken);

    /// <summary>Impairs traffic.</summary>
    /// <param name="traffic">The traffic.</param>
    /// <param name="impairment">What is done to it.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays impaired.</param>
    public Task<IImpairedTraffic> ImpairAsync(IReadOnlyCollection<Traffic> traffic, Impairment impairment, CancellationToken cancellationToken) => AloneAsync<IImpairedTraffic>(
        async () =>
        {
            var leases = await LeasesAsync(Detour.Marking, cancellationToken);
            var order = new Impair(++_last, [.. traffic.Select(PairOf)], impairment);
            var report = await (await LivingImpairerAsync()).TellAsync(order);
            var impaired = new ImpairedTraffic(this, order.Id, traffic, await leases.LeaseAsync(traffic, cancellationToken)) { MissedBefore = report.Missed };
            _impaired.Add(impaired);
            return impaired;
        },
        cancellationToken);

    /// <summary>Answers TCP packets with a reset.</summary>
    /// <param name="traffic">The traffic.</param>
    /// <param name="packets">Which packets.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays.</param>
    public Task<IImpairedTraffic> ResetAsync(IReadOnlyCollection<Traffic> traffic, TcpPackets packets, CancellationToken cancellationToken) => AloneAsync<IImpairedTraffic>(
        async () => await (await LeasesAsync(packets == TcpPackets.Opening ? Refusing : Resetting, cancellationToken)).LeaseAsync(traffic, cancellationToken),
        cancellationToken);

    /// <summary>Reads the counters of impaired traffic.</summary>
    /// <param name="impaired">The traffic.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<IReadOnlyList<TrafficCount>> ReadCountersAsync(ImpairedTraffic impaired, CancellationToken cancellationToken) => AloneAsync(
        async () => _impaired.Contains(impaired) ? await AskAsync(impaired) : [],
        cancellationToken);

    /// <summary>Heals impaired traffic.</summary>
    /// <param name="impaired">The traffic.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task HealAsync(ImpairedTraffic impaired, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            if (_impaired.Remove(impaired))
            {
                // First the packets take the normal way again, then nobody impairs them.
                await impaired.Lease.HealAsync(cancellationToken);
                await ForgetAsync(impaired);
            }

            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _watching;
        foreach (var leases in _leases.Values)
        {
            await leases.DisposeAsync();
        }

        if (_leases.ContainsKey(Detour.Marking))
        {
            await Detour.RemoveAsync();
        }

        _impairer?.Dispose();
        _ended.Dispose();
        _gate.Dispose();
    }

    private static ImpairedPair PairOf(Traffic traffic) => new(traffic.Link.From.Address.ToString(), traffic.Link.To.Address.ToString(), traffic.Port);

    private async Task<LinkLeases> LeasesAsync(NftScript script, CancellationToken cancellationToken)
    {
        if (!_leases.TryGetValue(script, out var leases))
        {
            if (script == Detour.Marking)
            {
                await Detour.LayAsync(cancellationToken);
            }

            leases = _leases[script] = await LinkLeases.CreateAsync(new Netfilter(), script, _time, cancellationToken);
        }

        return leases;
    }

    private async Task<ImpairerProcess> LivingImpairerAsync()
    {
        if (_impairer is { IsAlive: false })
        {
            await GiveUpAsync("the impairer has ended");
        }

        return _impairer ??= ImpairerProcess.Start();
    }

    /// <summary>Breaks everything that is impaired, because nobody impairs it any more.</summary>
    private async Task GiveUpAsync(string why)
    {
        foreach (var impaired in _impaired)
        {
            impaired.Break($"{why}; until now what it should have passed on was lost");
            await impaired.Lease.HealAsync(_ended.Token);
        }

        _impaired.Clear();
        _impairer!.Dispose();
        _impairer = null;
    }

    private async Task ForgetAsync(ImpairedTraffic impaired)
    {
        try
        {
            await _impairer!.TellAsync(new Heal(impaired.Id));
        }
        catch (HarnessException error)
        {
            // It is healed all the same; what it was until then is in doubt.
            impaired.Break(error.Message);
        }
    }

    private async Task<IReadOnlyList<TrafficCount>> AskAsync(ImpairedTraffic impaired)
    {
        var report = await _impairer!.TellAsync(new Count(impaired.Id));
        if (report.Missed - impaired.MissedBefore is var missed and > 0)
        {
            impaired.Break($"the impairer could not keep up: {missed} packets were lost that were not meant to be");
        }

        return [.. impaired.Traffic.Zip(report.Counts, (traffic, count) => new TrafficCount(traffic, count.Packets, count.Struck))];
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                await AloneAsync(LookAsync, _ended.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The stack goes down.
        }
    }

    private async Task<bool> LookAsync()
    {
        try
        {
            foreach (var impaired in _impaired)
            {
                await AskAsync(impaired);
            }

            return true;
        }
        catch (HarnessException error)
        {
            await GiveUpAsync(error.Message);
            return false;
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
