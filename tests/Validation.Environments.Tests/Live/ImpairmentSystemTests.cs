using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Validation.Core.Stacks;
using Validation.Environments.Local.Impairing;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

/// <summary>Impairments on real packets. Each body has a star with the nodes a, b and c; what is impaired is between a and b.</summary>
[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed class ImpairmentSystemTests
{
    private static readonly DatagramSeries Twenty = new() { Count = 20, Every = TimeSpan.FromMilliseconds(5) };
    private static readonly DatagramSeries Thousand = new() { Count = 1_000, AtOnce = 10, Every = TimeSpan.FromMilliseconds(5) };

    [SkippableFact]
    public Task Impair_EveryWay_DoesToThatTrafficWhatWasOrderedAndToNoOther() => InsideAsync(As.OrdinaryUser, ImpairEveryWay);

    [SkippableFact]
    public Task Delay_OfFiftyMilliseconds_IsWhatPingAndTcpMeasureAndNobodyElseHasIt() => InsideAsync(As.Root, MeasureTheDelay);

    [SkippableFact]
    public Task Impairments_OfPortsAndOfTheSameLink_AreKeptApartAndAddUp() => InsideAsync(As.OrdinaryUser, ImpairPorts);

    [SkippableFact]
    public Task Reset_OfOpeningAndOpenConnections_AnswersAtOnceAndCounts() => InsideAsync(As.OrdinaryUser, ResetConnections);

    [SkippableFact]
    public Task Impairment_WhoseImpairerWasReplaced_SaysSo() => InsideAsync(As.OrdinaryUser, ReplaceTheImpairer);

    [SkippableFact]
    public Task Impairment_WhoseImpairerIsKilledOrStopped_SaysSoAndPacketsTakeTheNormalWay() => InsideAsync(As.OrdinaryUser, LoseTheImpairer);

    [SkippableFact]
    public Task Impairment_WhoseLeaseIsTakenAway_IsBrokenAndNothingArrivesTwice() => InsideAsync(As.OrdinaryUser, LoseTheLease);

    private static async Task InsideAsync(As user, Func<SandboxInterior, string[], Task> body)
    {
        Sandboxed.SkipUnlessPossible(user);
        Console.Write(await Sandboxed.RunAsync(user, body));
    }

    private static async Task ImpairEveryWay(SandboxInterior interior, string[] arguments)
    {
        await using var net = await Net.MakeAsync();
        var before = await net.SendAsync(net.There, Twenty);
        foreach (var (impairment, series, isSeen) in new (Impairment, DatagramSeries, Func<DatagramArrivals, bool>)[]
        {
            (new Impairment { Delay = TimeSpan.FromMilliseconds(20), Jitter = TimeSpan.FromMilliseconds(10) }, Twenty, seen => seen.Delays[0].TotalMilliseconds is >= 9.9 and < 20 && seen.Median.TotalMilliseconds is > 15 and < 35),
            (new Impairment { Loss = 0.1 }, Thousand, seen => seen.Lost is > 60 and < 140),
            (new Impairment { Duplication = 0.1 }, Thousand, seen => seen.Duplicated is > 60 and < 140 && seen.Lost == 0),
            (new Impairment { Corruption = 0.1 }, Thousand, seen => seen.Corrupted is > 60 and < 140 && seen.Lost == 0),
            (new Impairment { Reordering = 0.1, HeldBack = TimeSpan.FromMilliseconds(20) }, Thousand, seen => seen.Overtaken is > 60 and < 140),
            (new Impairment { Bandwidth = new BitRate(10e6), Queue = TimeSpan.FromMilliseconds(500) }, Burst(200), seen => seen.Spread.TotalMilliseconds is > 215 and < 240 && seen.Lost == 0),
            (new Impairment { Bandwidth = new BitRate(100e6), Queue = TimeSpan.FromMilliseconds(150) }, Burst(1_200), seen => seen.Spread.TotalMilliseconds is > 125 and < 145 && seen.Lost == 0),
        })
        {
            await using var impaired = await net.Impairments.ImpairAsync([net.There], impairment with { Seed = 1 }, CancellationToken.None);

            await net.SeeAsync($"{impairment}", net.There, series, isSeen);
            await net.SeeAsync("the other direction is another link", net.Back, Twenty, seen => IsWhole(seen, before));
            await net.SeeAsync("a bystander is nobody's target", net.Elsewhere, Twenty, seen => IsWhole(seen, before));
            var count = (await impaired.ReadCountersAsync(CancellationToken.None)).Should().ContainSingle().Subject;
            (count.Packets % series.Count).Should().Be(0);
            count.Struck.Should().BePositive();
            impaired.Broken.Should().BeNull();

            await impaired.HealAsync(CancellationToken.None);
            await net.SeeAsync("it is over", net.There, Twenty, seen => IsWhole(seen, before));
            (await impaired.ReadCountersAsync(CancellationToken.None)).Should().BeEmpty();
        }
    }

    private static async Task MeasureTheDelay(SandboxInterior interior, string[] arguments)
    {
        await using var net = await Net.MakeAsync();
        var throughputBefore = await net.ThroughputAsync(net.Elsewhere);
        await using var impaired = await net.Impairments.ImpairAsync([net.There], new Impairment { Delay = TimeSpan.FromMilliseconds(50) }, CancellationToken.None);

        var ping = net.Ping(net.There, 40);
        var tcp = await net.RoundTripsAsync(net.There, 40);
        var throughputNow = await net.ThroughputAsync(net.Elsewhere);
        Console.WriteLine($"ping {Figures(ping)}, tcp {Figures(tcp)}, untouched {throughputBefore:F0} and {throughputNow:F0} MB/s");

        foreach (var times in new[] { ping, tcp })
        {
            times[0].Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(50));
            times[times.Length / 2].Should().BeLessThan(TimeSpan.FromMilliseconds(55));
        }

        net.Ping(net.Elsewhere, 20)[10].Should().BeLessThan(TimeSpan.FromMilliseconds(2));
        throughputNow.Should().BeGreaterThan(throughputBefore / 2, "noise of a shared machine aside, nothing is different");
        // Large TCP packets are cut to the wire's size and have their checksums, or none of this would arrive.
        impaired.Broken.Should().BeNull();
        await impaired.HealAsync(CancellationToken.None);

        var scattered = new Impairment { Delay = TimeSpan.FromMilliseconds(50), Jitter = TimeSpan.FromMilliseconds(5) };
        await using (await net.Impairments.ImpairAsync([net.There], scattered, CancellationToken.None))
        {
            foreach (var times in new[] { net.Ping(net.There, 60), await net.RoundTripsAsync(net.There, 60) })
            {
                Console.WriteLine($"50 ms ± 5 ms: {Figures(times)}, at most {DistanceFromEven(times, 45, 55):F2} from even");
                times[0].TotalMilliseconds.Should().BeInRange(45, 48);
                DistanceFromEven(times, 45, 55).Should().BeLessThan(0.3, "of sixty even draws one in a thousand is 0.25 away, and this machine adds some");
            }
        }

        await using var shortly = await net.Impairments.ImpairAsync([net.There], new Impairment { Delay = TimeSpan.FromMilliseconds(1) }, CancellationToken.None);
        Console.WriteLine($"through the impairer {await net.TransferAsync(net.There, 100):F0} MB/s");
        shortly.Broken.Should().BeNull();
    }

    private static async Task ImpairPorts(SandboxInterior interior, string[] arguments)
    {
        await using var net = await Net.MakeAsync();
        await using var port = await net.Impairments.ImpairAsync([net.There with { Port = 8081 }], new Impairment { Delay = TimeSpan.FromMilliseconds(20) }, CancellationToken.None);

        (await net.SendAsync(net.There, Twenty)).Median.Should().BeLessThan(TimeSpan.FromMilliseconds(5));
        (await net.SendAsync(net.There with { Port = 8081 }, Twenty)).Delays[0].Should().BeGreaterThan(TimeSpan.FromMilliseconds(19.5));

        await using var all = await net.Impairments.ImpairAsync([net.There], new Impairment { Delay = TimeSpan.FromMilliseconds(10) }, CancellationToken.None);

        (await net.SendAsync(net.There, Twenty)).Delays[0].TotalMilliseconds.Should().BeInRange(9.5, 15);
        (await net.SendAsync(net.There with { Port = 8081 }, Twenty)).Delays[0].TotalMilliseconds.Should().BeInRange(29.5, 35);

        (await net.RoundTripsAsync(net.There, 5, StarAddresses.Other(net.There.Link.From.Address, 1_000)))[0].Should().BeGreaterThan(TimeSpan.FromMilliseconds(9.5), "all addresses of a node are the node");

        await port.HealAsync(CancellationToken.None);

        (await net.SendAsync(net.There with { Port = 8081 }, Twenty)).Delays[0].TotalMilliseconds.Should().BeInRange(9.5, 15);
    }

    private static async Task ResetConnections(SandboxInterior interior, string[] arguments)
    {
        await using var net = await Net.MakeAsync();
        await using (var refused = await net.Impairments.ResetAsync([net.There], TcpPackets.Opening, CancellationToken.None))
        {
            (await net.ConnectAsync(net.There)).Should().Be(ConnectionOutcome.Refused);
            (await net.ConnectAsync(net.Back)).Should().Be(ConnectionOutcome.Works);
            (await net.ConnectAsync(net.Elsewhere)).Should().Be(ConnectionOutcome.Works);
            (await refused.ReadCountersAsync(CancellationToken.None)).Should().Equal(new TrafficCount(net.There, 1, 1));
        }

        (await net.ConnectAsync(net.There)).Should().Be(ConnectionOutcome.Works);
        using var listener = net.Listen("b-1");
        var target = (IPEndPoint)listener.LocalEndPoint!;
        await using var open = await net.Star.Of("a-1").DialAsync(target, CancellationToken.None);
        using var accepted = await listener.AcceptAsync();

        await using var reset = await net.Impairments.ResetAsync([net.There with { Port = target.Port }, net.Back with { Port = target.Port }], TcpPackets.Open, CancellationToken.None);

        (await net.ConnectAsync(net.There)).Should().Be(ConnectionOutcome.Works, "it is about another port");
        await accepted.SendAsync(new byte[1]);
        var receiving = async () => await accepted.ReceiveAsync(new byte[1]);
        (await receiving.Should().ThrowAsync<SocketException>()).Which.SocketErrorCode.Should().Be(SocketError.ConnectionReset);
        var sending = async () =>
        {
            await open.WriteAsync(new byte[1]);
            await open.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(2));
        };
        await sending.Should().ThrowAsync<IOException>();
        (await reset.ReadCountersAsync(CancellationToken.None)).Should().OnlyContain(count => count.Struck > 0).And.HaveCount(2);
    }

    private static async Task LoseTheImpairer(SandboxInterior interior, string[] arguments)
    {
        await using var net = await Net.MakeAsync();
        foreach (var signal in new[] { Native.SigKill, Native.SigStop })
        {
            await using var impaired = await net.Impairments.ImpairAsync([net.There], new Impairment { Delay = TimeSpan.FromMilliseconds(20) }, CancellationToken.None);
            (await net.SendAsync(net.There, Twenty)).Lost.Should().Be(0);

            Native.Signal(net.Impairments.ImpairerId!.Value, signal);

            await StackInside.UntilAsync("the impairment to know", 10, () => impaired.Broken is not null);
            impaired.Broken.Should().Contain("the impairer");
            await StackInside.UntilAsync("packets to take the normal way", 2, async () => IsWhole(await net.SendAsync(net.There, Twenty), null));
            (await impaired.ReadCountersAsync(CancellationToken.None)).Should().BeEmpty();
        }
    }

    private static async Task ReplaceTheImpairer(SandboxInterior interior, string[] arguments)
    {
        await using var net = await Net.MakeAsync();
        await using var impaired = await net.Impairments.ImpairAsync([net.There], new Impairment { Delay = TimeSpan.FromMilliseconds(20) }, CancellationToken.None);
        var old = net.Impairments.ImpairerId!.Value;

        Native.Signal(old, Native.SigKill);
        await StackInside.UntilAsync("the impairer to be gone", 1, () => !Directory.Exists($"/proc/{old}"));
        await net.Impairments.PrepareImpairingAsync(CancellationToken.None);

        impaired.Broken.Should().Contain("the impairer", "the new one knows nothing of it");
        net.Impairments.ImpairerId.Should().NotBe(old);
    }

    private static async Task LoseTheLease(SandboxInterior interior, string[] arguments)
    {
        await using var net = await Net.MakeAsync();
        await using var impaired = await net.Impairments.ImpairAsync([net.There], new Impairment { Delay = TimeSpan.FromMilliseconds(100) }, CancellationToken.None);
        var sending = net.SendAsync(net.There, Thousand);
        await Task.Delay(200);

        await Tool.RunAsync(["nft", "flush", "set", .. Detour.Marking.Table.Split(' '), "leased"], null, CancellationToken.None);

        var seen = Say("lapsed", await sending);
        (seen.Lost, seen.Duplicated).Should().Be((0, 0));
        seen.Delays[0].Should().BeLessThan(TimeSpan.FromMilliseconds(20), "later ones took the normal way");
        seen.Delays[^1].Should().BeGreaterThan(TimeSpan.FromMilliseconds(99), "those that were held arrived when they were due");
        await StackInside.UntilAsync("the next renewal to see it", 4, () => impaired.Broken is not null);
        impaired.Broken.Should().Contain("does not have a-1 → b-1");
    }

    private static DatagramSeries Burst(int count) =>
        new() { Count = count, AtOnce = count, Every = TimeSpan.Zero, Bytes = 1_400, Patience = TimeSpan.FromMilliseconds(400) };

    private static bool IsWhole(DatagramArrivals now, DatagramArrivals? before) =>
        now is { Lost: 0, Duplicated: 0, Corrupted: 0, Overtaken: <= 2 } && now.Median < (before?.Median ?? TimeSpan.Zero) + TimeSpan.FromMilliseconds(5);

    private static DatagramArrivals Say(string what, DatagramArrivals arrivals)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {Figures([.. arrivals.Delays])}, {arrivals.Lost} lost, {arrivals.Duplicated} twice, {arrivals.Corrupted} changed, {arrivals.Overtaken} overtaken of {arrivals.Sent}, spread {arrivals.Spread.TotalMilliseconds:F1} ms"));
        return arrivals;
    }

    /// <summary>Returns how far the share of times up to some time is away from that of even draws, at most (Kolmogorov and Smirnov's distance).</summary>
    private static double DistanceFromEven(TimeSpan[] ascending, double from, double to) => ascending
        .Select((time, i) => (Even: Math.Clamp((time.TotalMilliseconds - from) / (to - from), 0, 1), Below: (double)i / ascending.Length, UpTo: (i + 1d) / ascending.Length))
        .Max(at => Math.Max(Math.Abs(at.Even - at.Below), Math.Abs(at.Even - at.UpTo)));

    private static string Figures(TimeSpan[] ascending) => string.Create(
        CultureInfo.InvariantCulture, $"{ascending[0].TotalMilliseconds:F2}..{ascending[^1].TotalMilliseconds:F2} ms, median {ascending[ascending.Length / 2].TotalMilliseconds:F2}");

    /// <summary>A star of three nodes whose links can be impaired and measured.</summary>
    private sealed class Net : IAsyncDisposable
    {
        private Net(StarNetwork star, IReadOnlyList<INode> nodes)
        {
            Star = star;
            (There, Back, Elsewhere) = (new Traffic(new Link(nodes[0], nodes[1])), new Traffic(new Link(nodes[1], nodes[0])), new Traffic(new Link(nodes[0], nodes[2])));
        }

        public StarNetwork Star { get; }

        public LinkImpairments Impairments { get; } = new(TimeProvider.System);

        public Traffic There { get; }

        public Traffic Back { get; }

        public Traffic Elsewhere { get; }

        public static async Task<Net> MakeAsync()
        {
            var (star, nodes) = await StackInside.LayStarAsync(3);
            return new Net(star, nodes);
        }

        public Task<DatagramArrivals> SendAsync(Traffic traffic, DatagramSeries series) =>
            SeriesProbe.SendAsync(From(traffic), To(traffic), traffic.Port, series, TimeProvider.System, CancellationToken.None);

        /// <summary>Sends a series again until what arrives is as expected: a busy machine adds delays of its own.</summary>
        public async Task SeeAsync(string because, Traffic traffic, DatagramSeries series, Func<DatagramArrivals, bool> isExpected)
        {
            for (var attempt = 1; ; attempt++)
            {
                var seen = Say(because, await SendAsync(traffic, series));
                if (isExpected(seen))
                {
                    return;
                }

                attempt.Should().BeLessThan(4, because);
            }
        }

        public Task<ConnectionOutcome> ConnectAsync(Traffic traffic) =>
            ConnectionProbe.TryAsync(From(traffic), To(traffic), traffic.Port, CancellationToken.None);

        public Socket Listen(string node)
        {
            var listener = Star.Of(node).CreateSocket(SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(Star.Of(node).Address, 0));
            listener.Listen();
            return listener;
        }

        /// <summary>Returns the round trips of ICMP echoes, in ascending order.</summary>
        public TimeSpan[] Ping(Traffic traffic, int count)
        {
            using var socket = From(traffic).CreateSocket(SocketType.Raw, ProtocolType.Icmp);
            byte[] echo = [8, 0, 0xF7, 0xFF, 0, 0, 0, 0], answer = new byte[100];
            var times = new TimeSpan[count];
            for (var number = 0; number < count; number++)
            {
                var begun = Stopwatch.GetTimestamp();
                socket.SendTo(echo, new IPEndPoint(To(traffic).Address, 0));
                socket.Receive(answer);
                times[number] = Stopwatch.GetElapsedTime(begun);
            }

            return [.. times.Order()];
        }

        /// <summary>Returns the round trips of single bytes on one TCP connection, in ascending order.</summary>
        public async Task<TimeSpan[]> RoundTripsAsync(Traffic traffic, int count, IPAddress? source = null)
        {
            using var listener = Listen(traffic.Link.To.Name);
            await using var near = await From(traffic).DialAsync((IPEndPoint)listener.LocalEndPoint!, CancellationToken.None, source);
            using var accepted = await listener.AcceptAsync();
            accepted.NoDelay = true;
            await using var far = new NetworkStream(accepted);
            var echoing = far.CopyToAsync(far);
            var times = new TimeSpan[count];
            for (var number = 0; number < count; number++)
            {
                var begun = Stopwatch.GetTimestamp();
                near.WriteByte(1);
                _ = near.ReadByte();
                times[number] = Stopwatch.GetElapsedTime(begun);
            }

            near.Close();
            await echoing;
            return [.. times.Order()];
        }

        /// <summary>Returns the best of three transfers of 100 MB, in megabytes per second.</summary>
        public async Task<double> ThroughputAsync(Traffic traffic) =>
            Math.Max(await TransferAsync(traffic, 100), Math.Max(await TransferAsync(traffic, 100), await TransferAsync(traffic, 100)));

        /// <summary>Sends bytes over one TCP connection and returns megabytes per second.</summary>
        public async Task<double> TransferAsync(Traffic traffic, int megabytes)
        {
            using var listener = Listen(traffic.Link.To.Name);
            await using var near = await From(traffic).DialAsync((IPEndPoint)listener.LocalEndPoint!, CancellationToken.None);
            using var accepted = await listener.AcceptAsync();
            await using var far = new NetworkStream(accepted);
            var (chunk, begun) = (new byte[1 << 20], Stopwatch.GetTimestamp());
            var receiving = far.ReadExactlyAsync(new byte[megabytes << 20]).AsTask();
            for (var sent = 0; sent < megabytes; sent++)
            {
                await near.WriteAsync(chunk);
            }

            await receiving.WaitAsync(TimeSpan.FromSeconds(20));
            return megabytes / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }

        public async ValueTask DisposeAsync()
        {
            await Impairments.DisposeAsync();
            await Star.DisposeAsync();
        }

        private NodeNamespace From(Traffic traffic) => Star.Of(traffic.Link.From.Name);

        private NodeNamespace To(Traffic traffic) => Star.Of(traffic.Link.To.Name);
    }
}
