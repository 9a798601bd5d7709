using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>What all faults have in common that make links worse without cutting them.</summary>
/// <remarks>
/// Each link is tried from the victim's own place in the network: before (a link that is in no good state cannot be made
/// worse provably), while it is impaired, and after. A bystander must stay as it was: the same link at another port where
/// the fault is about one port, else another link of the target.
/// </remarks>
/// <typeparam name="TSeen">What is seen when a link is tried.</typeparam>
internal abstract class LinkFault<TSeen> : IFaultInjector
{
    private const int LooksBefore = 3;

    // Two looks at up to a hundred datagrams, and the start of a process.
    private static readonly TimeSpan Preparation = TimeSpan.FromSeconds(1.25);

    private static readonly Parameter<Selector> From = Parameters.Target("from", "The nodes at the other end of the links.");

    private static readonly Parameter<int> Port = Parameters.Count(
        "port", "Only TCP and UDP packets that go to this port or come from it; 0 for all packets.", 0, 65_535, 0);

    /// <inheritdoc/>
    public abstract FaultKind Kind { get; }

    /// <summary>Gets which way packets are meant.</summary>
    protected abstract Parameter<Direction> Direction { get; }

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var network = (ILinkImpairment)order.Stack;
        int? port = order.Get(Port) is var number and > 0 ? number : null;
        var links = Links.Between(order.NodesOf(CommonParameters.Target), order.NodesOf(From), order.Get(Direction));
        if (links.Count == 0)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, "There is no link to impair: 'target' and 'from' mean the same nodes.");
        }

        var before = await LookBeforeAsync(network, order, [.. links.Select(link => new Traffic(link, port))], cancellationToken);
        var bystanders = await BystandersAsync(network, order, links, port, cancellationToken);
        await PrepareAsync(network, cancellationToken);
        await order.Due;
        var impaired = await BeginAsync(network, order, [.. before.Select(link => link.Traffic)], cancellationToken);
        return new Impaired(this, network, order, impaired, before, bystanders);
    }

    /// <summary>Describes a kind of fault.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What goes wrong.</param>
    /// <param name="proof">How it is proven, without its bystanders and counters.</param>
    /// <param name="own">The parameters that it alone has.</param>
    protected FaultKind Describe(string name, string summary, string proof, params Parameter[] own) => new()
    {
        Name = name,
        Summary = summary,
        Proof = $"{proof} A bystander is unharmed and packets are counted on every link; over when all is as before.",
        Parameters = [CommonParameters.Target, From, Direction, Port, .. own, CommonParameters.For],
        Preparation = Preparation,
        StackMust = [typeof(ILinkImpairment)],
    };

    /// <summary>Makes what beginning needs.</summary>
    protected virtual Task PrepareAsync(ILinkImpairment network, CancellationToken cancellationToken) => network.PrepareImpairingAsync(cancellationToken);

    /// <summary>Begins to impair traffic.</summary>
    protected abstract Task<IImpairedTraffic> BeginAsync(
        ILinkImpairment network, FaultOrder order, IReadOnlyCollection<Traffic> traffic, CancellationToken cancellationToken);

    /// <summary>Tries one link.</summary>
    protected abstract Task<TSeen> TryAsync(ILinkImpairment network, FaultOrder order, Traffic traffic, CancellationToken cancellationToken);

    /// <summary>Says what is wrong with a link on which nothing should be; null when it is as good as it was.</summary>
    protected abstract string? HarmOf(FaultOrder order, TSeen before, TSeen now);

    /// <summary>Tells whether what is seen on a link is what was ordered.</summary>
    /// <returns>The figure that was seen as a clause, in either case.</returns>
    protected abstract (bool Shows, string Seen) Judge(FaultOrder order, TSeen before, TSeen now);

    private async Task<(Traffic Traffic, TSeen Seen)[]> LookBeforeAsync(
        ILinkImpairment network, FaultOrder order, IReadOnlyList<Traffic> traffic, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = await LookAsync(network, order, traffic, cancellationToken);
            var harmed = before.Select(one => (one.Traffic, Harm: HarmOf(order, one.Seen, one.Seen))).Where(one => one.Harm is not null).ToArray();
            if (harmed.Length == 0)
            {
                return before;
            }

            // A busy machine loses a datagram now and then; a link that is bad is bad again.
            if (attempt == LooksBefore)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed, $"{harmed[0].Traffic} was in no good state before anything was done to it: {harmed[0].Harm}.");
            }
        }
    }

    private async Task<(Traffic Traffic, TSeen Seen)[]> LookAsync(
        ILinkImpairment network, FaultOrder order, IEnumerable<Traffic> traffic, CancellationToken cancellationToken)
    {
        var seen = new List<(Traffic, TSeen)>();
        // One port of a node has one receiver at a time; other links do not wait for each other.
        foreach (var together in traffic.GroupBy(one => one.Port is null ? default : one.Link))
        {
            seen.AddRange(await Task.WhenAll(together.Select(async one => (one, await TryAsync(network, order, one, cancellationToken)))));
        }

        return [.. seen];
    }

    private async Task<IReadOnlyList<(Traffic Traffic, TSeen Seen)>> BystandersAsync(
        ILinkImpairment network, FaultOrder order, IReadOnlyList<Link> links, int? port, CancellationToken cancellationToken)
    {
        var target = order.NodesOf(CommonParameters.Target)[0];
        var candidates = port is not null
            ? links.Take(1)
            : order.Stack.Nodes.Where(node => node != target).Select(node => new Link(target, node)).Except(links);
        foreach (var candidate in candidates)
        {
            // Another fault may be about this link; then it says nothing about this one.
            var seen = await LookAsync(network, order, [new Traffic(candidate)], cancellationToken);
            if (HarmOf(order, seen[0].Seen, seen[0].Seen) is null)
            {
                return seen;
            }
        }

        return [];
    }

    private sealed class Impaired(
        LinkFault<TSeen> fault,
        ILinkImpairment network,
        FaultOrder order,
        IImpairedTraffic impaired,
        IReadOnlyList<(Traffic Traffic, TSeen Seen)> before,
        IReadOnlyList<(Traffic Traffic, TSeen Seen)> bystanders) : IInjection
    {
        public TimeSpan Length => order.Get(CommonParameters.For);

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            var proof = await ProveImpairedAsync(cancellationToken);
            if (proof.State != ProofState.Proven || bystanders.Count == 0)
            {
                return proof;
            }

            var harmed = await HarmedAsync(bystanders, cancellationToken);
            return harmed.Length > 0
                ? Proof.NotYet($"More than was ordered is impaired: {string.Join("; ", harmed)}.")
                : proof with { Statement = $"{proof.Statement} {string.Join(", ", bystanders.Select(one => one.Traffic))} unharmed." };
        }

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveImpairedAsync(cancellationToken);

        public Task HealAsync(CancellationToken cancellationToken) => impaired.HealAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var harmed = await HarmedAsync(before, cancellationToken);
            return harmed.Length == 0
                ? Proof.Proven($"All is as before on {string.Join(", ", before.Select(one => one.Traffic))}.")
                : Proof.NotYet($"Not yet as before: {string.Join("; ", harmed)}.");
        }

        public ValueTask DisposeAsync() => impaired.DisposeAsync();

        private async Task<Proof> ProveImpairedAsync(CancellationToken cancellationToken)
        {
            var now = await fault.LookAsync(network, order, before.Select(one => one.Traffic), cancellationToken);
            var counters = await impaired.ReadCountersAsync(cancellationToken);
            if (impaired.Broken is { } broken)
            {
                return Proof.Refuted(broken);
            }

            var judged = before.Zip(now, (then, later) => (then.Traffic, Judged: fault.Judge(order, then.Seen, later.Seen))).ToArray();
            if (judged.Where(one => !one.Judged.Shows).ToArray() is { Length: > 0 } without)
            {
                return Proof.NotYet($"Not what was ordered: {string.Join("; ", without.Select(one => $"{one.Traffic} {one.Judged.Seen}"))}.");
            }

            var struck = counters.Where(count => count.Struck > 0).ToDictionary(count => count.Traffic);
            return judged.Where(one => !struck.ContainsKey(one.Traffic)).Select(one => one.Traffic).ToArray() is { Length: > 0 } uncounted
                ? Proof.NotYet($"Nothing was counted on {string.Join(", ", uncounted)}.")
                : Proof.Proven(string.Join("; ", judged.Select(one =>
                    $"{one.Traffic} {one.Judged.Seen}, {struck[one.Traffic].Struck} of {struck[one.Traffic].Packets} packets counted")) + ".");
        }

        private async Task<string[]> HarmedAsync(IReadOnlyList<(Traffic Traffic, TSeen Seen)> links, CancellationToken cancellationToken)
        {
            var now = await fault.LookAsync(network, order, links.Select(one => one.Traffic), cancellationToken);
            return
            [
                .. links.Zip(now, (then, later) => (then.Traffic, Harm: fault.HarmOf(order, then.Seen, later.Seen)))
                    .Where(one => one.Harm is not null)
                    .Select(one => $"{one.Traffic} {one.Harm}"),
            ];
        }
    }
}
