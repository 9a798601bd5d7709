using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Drops every packet between the target nodes and others, both ways or one way.</summary>
/// <remarks>
/// Each cut link is tried with datagrams from the victim's own place in the network: before (a link that was down
/// already cannot be cut), while it is cut, and after. Where the cut counts what it
/// drops, the counters must show dropped packets on every cut link and on no other.
/// </remarks>
public sealed class Partition : IFaultInjector
{
    private static readonly Parameter<Selector> From = Parameters.Target("from", "The nodes that they are cut off from.");

    private static readonly Parameter<Direction> Direction = Parameters.Choice(
        "direction", "Which way packets are dropped; from-target are those that the targets send.", Faults.Direction.BothWays);

    private static readonly Parameter<PartitionShape> Shape = Parameters.Choice(
        "shape", "How nodes are divided: the targets from the others, or all of them as one group in which the seed chooses.", PartitionShape.Between);

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "partition",
        Summary = "Drops every packet between the targets and other nodes, both ways or one way.",
        Proof = "In force when datagrams no longer arrive on any cut link and the kernel counted dropped packets on exactly those; over when they arrive on all of them.",
        TakesTargetsAway = true,
        Parameters = [CommonParameters.Target, From, Direction, Shape, CommonParameters.For],
        Preparation = TimeSpan.FromMilliseconds(500),
        StackMust = [typeof(INetworkControl)],
        Objection = (fault, _) => fault.Parameters.Get(Shape) == PartitionShape.Between ? null
            : fault.Parameters.Get(CommonParameters.Target).Turn is not null ? "a shape is cut out of all targets at once; 'stagger' belongs to the shape 'between'"
            : fault.Parameters.Get(Direction) != Faults.Direction.BothWays ? "a shape is cut in both directions; 'direction' belongs to the shape 'between'"
            : null,
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var network = (INetworkControl)order.Stack;
        var links = LinksOf(order);
        if (links.Count == 0)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, "There is no link to cut: 'target' and 'from' mean the same nodes, or too few for the shape.");
        }

        foreach (var link in links)
        {
            if (!await network.ProbeAsync(link, cancellationToken))
            {
                throw new HarnessException(ExitCode.EnvironmentFailed, $"{link} was unreachable before anything was cut.");
            }
        }

        var bystanders = await BystandersAsync(network, order, links, cancellationToken);
        await order.Due;
        var cut = await network.CutAsync(links, cancellationToken);
        return new CutLinks(network, cut, bystanders, order.Get(CommonParameters.For));
    }

    /// <summary>
    /// Finds for each target, and for each node that is to hear less, one link that must stay whole, to see that the cut is no wider than ordered.
    /// </summary>
    private static async Task<IReadOnlyList<Link>> BystandersAsync(
        INetworkControl network, FaultOrder order, IReadOnlyList<Link> cut, CancellationToken cancellationToken)
    {
        var ofTargets = order.NodesOf(CommonParameters.Target).Select(target => order.Stack.Nodes.Where(node => node != target).Select(node => new Link(target, node)));
        var toReceivers = cut.Select(link => link.To).Distinct().Select(receiver => order.Stack.Nodes.Where(node => node != receiver).Select(node => new Link(node, receiver)));
        var whole = new List<Link>();
        foreach (var candidates in ofTargets.Concat(toReceivers))
        {
            if (await Links.FindWholeAsync(network, candidates.Except(cut), cancellationToken) is { } bystander)
            {
                whole.Add(bystander);
            }
        }

        return whole;
    }

    private static IReadOnlyList<Link> LinksOf(FaultOrder order)
    {
        var (targets, others, shape) = (order.NodesOf(CommonParameters.Target), order.NodesOf(From), order.Get(Shape));
        if (shape == PartitionShape.Between)
        {
            return Links.Between(targets, others, order.Get(Direction));
        }

        INode[] nodes = [.. targets.Union(others)];
        new Random(order.Seed).Shuffle(nodes);
        return PartitionShapes.LinksOf(shape, nodes);
    }

    private sealed class CutLinks : IInjection
    {
        private readonly INetworkControl _network;
        private readonly INetworkCut _cut;
        private readonly IReadOnlyList<Link> _bystanders;

        public CutLinks(INetworkControl network, INetworkCut cut, IReadOnlyList<Link> bystanders, TimeSpan length)
        {
            _network = network;
            _cut = cut;
            _bystanders = bystanders;
            Length = length;
        }

        public TimeSpan Length { get; }

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            if (_cut.Broken is { } broken)
            {
                return Proof.Refuted(broken);
            }

            var arrived = await ArrivingAsync(_cut.Links, cancellationToken);
            if (arrived.Length > 0)
            {
                return Proof.NotYet($"Datagrams still arrive: {string.Join(", ", arrived)}.");
            }

            if (await AsideAsync(cancellationToken) is { } aside)
            {
                return Proof.NotYet(aside);
            }

            var unharmed = await ArrivingAsync(_bystanders, cancellationToken);
            if (_bystanders.Except(unharmed).ToArray() is { Length: > 0 } harmed)
            {
                return Proof.NotYet($"The cut is wider than ordered: no datagram arrives on {string.Join(", ", harmed)} either.");
            }

            var counters = await _cut.ReadCountersAsync(cancellationToken);
            return Missing(counters) is { } missing
                ? Proof.NotYet(missing)
                : Proof.Proven($"No datagram arrives on {Cut()}; {Counted(counters)}; {string.Join(", ", _bystanders)} unharmed.");
        }

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            var arrived = await ArrivingAsync(_cut.Links, cancellationToken);
            var aside = await AsideAsync(cancellationToken);
            var counters = await _cut.ReadCountersAsync(cancellationToken);
            if ((_cut.Broken ?? Missing(counters) ?? aside) is { } broken)
            {
                return Proof.Refuted(broken);
            }

            return arrived.Length > 0
                ? Proof.Refuted($"Datagrams arrived before the cut was healed: {string.Join(", ", arrived)}.")
                : Proof.Proven($"Cut to the end; {Counted(counters)}.");
        }

        public Task HealAsync(CancellationToken cancellationToken) => _cut.HealAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var arriving = await ArrivingAsync(_cut.Links, cancellationToken);
            var silent = _cut.Links.Except(arriving).ToArray();
            return silent.Length == 0
                ? Proof.Proven($"Datagrams arrive again on {Cut()}.")
                : Proof.NotYet($"Datagrams do not arrive yet: {string.Join(", ", silent)}.");
        }

        public ValueTask DisposeAsync() => _cut.DisposeAsync();

        private Task<Link[]> ArrivingAsync(IEnumerable<Link> links, CancellationToken cancellationToken) => ArrivingAsync(links, _network.ProbeAsync, cancellationToken);

        private static async Task<Link[]> ArrivingAsync(IEnumerable<Link> links, Func<Link, CancellationToken, Task<bool>> probeAsync, CancellationToken cancellationToken)
        {
            var arrived = await Task.WhenAll(links.Select(async link => (Link: link, Arrived: await probeAsync(link, cancellationToken))));
            return [.. arrived.Where(probe => probe.Arrived).Select(probe => probe.Link)];
        }

        private async Task<string?> AsideAsync(CancellationToken cancellationToken) =>
            await ArrivingAsync(_cut.Links, _network.ProbeAsideAsync, cancellationToken) is { Length: > 0 } aside
                ? $"Datagrams get around the cut by another way: {string.Join(", ", aside.AsEnumerable())}."
                : null;

        private string? Missing(IReadOnlyList<DroppedPackets> counters)
        {
            if (!_cut.CountsPackets)
            {
                return null;
            }

            var counted = counters.Where(counter => counter.Packets > 0).Select(counter => counter.Link).ToHashSet();
            var without = _cut.Links.Where(link => !counted.Contains(link)).ToArray();
            return without.Length == 0 ? null : $"The kernel has counted no dropped packet on {string.Join(", ", without)}.";
        }

        private string Cut() => string.Join(", ", _cut.Links);

        private string Counted(IEnumerable<DroppedPackets> counters) => _cut.CountsPackets
            ? $"the kernel dropped {string.Join(", ", counters.Select(counter => $"{counter.Packets} packets {counter.Link}"))}"
            : "nobody counts the packets that are dropped, and connections from before may live on";
    }
}
