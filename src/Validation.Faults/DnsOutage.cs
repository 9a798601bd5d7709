using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Silences the name server, for everybody or for some.</summary>
/// <remarks>
/// What they ask is dropped on its way. Whoever has the address of another node, or a connection to it, goes on: only the
/// way to the name server is cut. A name server that is killed refuses instead, which programs notice sooner.
/// </remarks>
public sealed class DnsOutage : IFaultInjector
{
    private static readonly Parameter<Selector> Target = Parameters.Target(
        "target", "The nodes that get no answer; the name server itself stands for all nodes.", Roles.Dns);

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "dns-outage",
        Summary = "The name server is silent: questions of the targets, by default of all nodes, are dropped.",
        Proof = "In force when no target gets an answer and the kernel counted dropped packets of each, a bystander unharmed; over when each gets one.",
        Parameters = [Target, CommonParameters.For],
        Preparation = TimeSpan.FromMilliseconds(500),
        StackMust = [typeof(INetworkControl), typeof(INameControl)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var (names, network) = ((INameControl)order.Stack, (INetworkControl)order.Stack);
        var server = order.Stack.Nodes.First(node => node.Role == Roles.Dns);
        var targets = order.NodesOf(Target);
        INode[] asking = targets.Contains(server) ? [.. order.Stack.Nodes.Where(node => node != server)] : [.. targets];
        if (await UnansweredAsync(names, asking, cancellationToken) is { Length: > 0 } unanswered)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"{server.Name} did not answer {Names(unanswered)} before anything was done to it.");
        }

        var others = order.Stack.Nodes.Where(node => node != server && node != asking[0]).Select(node => new Link(asking[0], node));
        var bystander = await Links.FindWholeAsync(network, others, cancellationToken);
        await order.Due;
        var cut = await network.CutAsync([.. asking.Select(node => new Link(node, server))], cancellationToken);
        return new SilentServer(network, names, cut, asking, bystander, order.Get(CommonParameters.For));
    }

    private static async Task<INode[]> UnansweredAsync(INameControl names, IEnumerable<INode> asking, CancellationToken cancellationToken)
    {
        var asked = await Task.WhenAll(asking.Select(async node => (Node: node, IsAnswered: await names.TryLookUpAsync(node, cancellationToken))));
        return [.. asked.Where(one => !one.IsAnswered).Select(one => one.Node)];
    }

    private static string Names(IEnumerable<INode> nodes) => string.Join(", ", nodes.Select(node => node.Name));

    private sealed class SilentServer(
        INetworkControl network, INameControl names, INetworkCut cut, IReadOnlyList<INode> asking, Link? bystander, TimeSpan length) : IInjection
    {
        public TimeSpan Length => length;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            var silent = await ProveSilentAsync(cancellationToken);
            return silent.State != ProofState.Proven || bystander is not { } link ? silent
                : await network.ProbeAsync(link, cancellationToken) ? silent with { Statement = $"{silent.Statement} {link} unharmed." }
                : Proof.NotYet($"More than the way to the name server is cut: no datagram arrives on {link} either.");
        }

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            // An answer before the end is one too many, whatever the next look would see.
            var silent = await ProveSilentAsync(cancellationToken);
            return silent.State == ProofState.NotYet ? Proof.Refuted(silent.Statement) : silent;
        }

        public Task HealAsync(CancellationToken cancellationToken) => cut.HealAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var unanswered = await UnansweredAsync(names, asking, cancellationToken);
            return unanswered.Length == 0
                ? Proof.Proven($"Answered again: {Names(asking)}.")
                : Proof.NotYet($"Not answered yet: {Names(unanswered)}.");
        }

        public ValueTask DisposeAsync() => cut.DisposeAsync();

        private async Task<Proof> ProveSilentAsync(CancellationToken cancellationToken)
        {
            var answered = asking.Except(await UnansweredAsync(names, asking, cancellationToken)).ToArray();
            var counters = await cut.ReadCountersAsync(cancellationToken);
            if (cut.Broken is { } broken)
            {
                return Proof.Refuted(broken);
            }

            if (answered.Length > 0)
            {
                return Proof.NotYet($"Still answered: {Names(answered)}.");
            }

            var dropped = counters.Where(counter => counter.Packets > 0).ToArray();
            return asking.Except(dropped.Select(counter => counter.Link.From)).ToArray() is { Length: > 0 } uncounted
                ? Proof.NotYet($"The kernel has counted no dropped packet of {Names(uncounted)}.")
                : Proof.Proven($"No answer to {Names(asking)}; the kernel dropped {dropped.Sum(counter => counter.Packets)} packets, some of each.");
        }
    }
}
