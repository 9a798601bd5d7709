using Validation.Core.Stacks;

namespace Validation.TestKit;

/// <summary>An impairment in a fake network, where shares are exact and times are as ordered.</summary>
public sealed class FakeImpairment(IReadOnlyCollection<Traffic> traffic, Impairment what, TcpPackets? packets) : IImpairedTraffic
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(0.1);
    private static readonly TimeSpan UsualBurst = TimeSpan.FromMilliseconds(5);

    public IReadOnlyCollection<Traffic> Traffic => traffic;

    public Impairment What => what;

    /// <summary>Gets which packets are answered by a reset; null when none are.</summary>
    public TcpPackets? Packets => packets;

    public string? Broken { get; set; }

    public bool IsHealed { get; private set; }

    /// <summary>Gets or sets whether nothing is counted.</summary>
    public bool CountsNothing { get; set; }

    /// <summary>Returns what arrives of a series.</summary>
    public static DatagramArrivals Arrive(DatagramSeries series, Impairment what)
    {
        var arriving = series.Count - Of(what.Loss, series);
        var bytes = series.Bytes + 28;
        return new DatagramArrivals
        {
            Sent = series.Count,
            PacketBytes = bytes,
            Delays = [.. Enumerable.Range(0, arriving).Select(number => Usual + what.Delay + (what.Jitter * ((2.0 * number / arriving) - 1)))],
            Duplicated = Of(what.Duplication, series),
            Corrupted = Of(what.Corruption, series),
            Overtaken = Of(what.Reordering, series),
            Spread = what.Bandwidth is { } bandwidth ? TimeSpan.FromSeconds((arriving - 1) * bytes / bandwidth.BytesPerSecond) : UsualBurst,
        };
    }

    public Task<IReadOnlyList<TrafficCount>> ReadCountersAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<TrafficCount>>([.. traffic.Select(one => new TrafficCount(one, 100, CountsNothing ? 0 : 7))]);

    public Task HealAsync(CancellationToken cancellationToken)
    {
        IsHealed = true;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        IsHealed = true;
        return ValueTask.CompletedTask;
    }

    private static int Of(double share, DatagramSeries series) => (int)Math.Round(share * series.Count);
}
