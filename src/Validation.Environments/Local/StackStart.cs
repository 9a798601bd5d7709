using System.Net;
using Validation.Core.Stacks;
using Validation.Environments.Local.Database;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Nodes;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local;

/// <summary>Brings a stack up.</summary>
/// <remarks>
/// The order is that of need: name server and configuration store; then PostgreSQL, pooler and load balancer side by side; when
/// the database takes writes, the first SPIRE server alone, because two of them would make the tables at the same time
/// and fail; then the others; then, with the authorities of all servers, the agents. Meanwhile the replicas begin to
/// stream, because only then is there somebody to fail over to; servers that read from them must wait for it.
/// </remarks>
internal sealed class StackStart
{
    private static readonly TimeSpan DatabaseLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // Meanwhile SPIRE starts, which needs the processors more.
    private static readonly TimeSpan HasteInterval = TimeSpan.FromMilliseconds(400);

    private readonly StackLayout _layout;
    private readonly SpirePrograms? _spire;
    private readonly DirectoryInfo _logs;
    private readonly IBundleSource _bundles;
    private readonly TimeProvider _time;
    private readonly IProgress<string> _progress;

    /// <summary>Prepares the start.</summary>
    /// <param name="layout">The stack.</param>
    /// <param name="spire">Which SPIRE it runs; null when it has no SPIRE nodes.</param>
    /// <param name="logs">The directory for the nodes' logs.</param>
    /// <param name="bundles">How to read the servers' bundle.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told what is being waited for.</param>
    public StackStart(
        StackLayout layout, SpirePrograms? spire, DirectoryInfo logs, IBundleSource bundles, TimeProvider time, IProgress<string> progress) =>
        (_layout, _spire, _logs, _bundles, _time, _progress) = (layout, spire, logs, bundles, time, progress);

    /// <summary>Brings the stack up and returns when every node is ready.</summary>
    /// <param name="cancellationToken">Ends the attempt and takes down what was started.</param>
    public async Task<LocalStack> RunAsync(CancellationToken cancellationToken)
    {
        var facts = MachineFacts.ReadAsync(_spire?.Flavor, cancellationToken);
        _progress.Report($"laying the network for {_layout.Nodes.Count} nodes");
        var network = await StarNetwork.CreateAsync([.. _layout.Nodes.Select(node => (node.Name, node.Address))], cancellationToken);
        var stack = new LocalStack(_layout, network, _spire?.Flavor, _time);
        try
        {
            await stack.MakeNetworkControlAsync(cancellationToken);
            await StartAllAsync(stack, cancellationToken);
            stack.Facts = await facts;
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    private async Task StartAllAsync(LocalStack stack, CancellationToken cancellationToken)
    {
        foreach (var place in _layout.OfRole(Roles.Workload))
        {
            stack.Add(new WorkloadNode(place));
        }

        var names = Start(stack, _layout.OfRole(Roles.Dns).Select(place => DnsNode.Describe(place, _layout)));
        if (names is [var nameServer])
        {
            ResolverFile.PointTo(nameServer.Address);
        }

        await ReadyAsync([.. names, .. Start(stack, _layout.OfRole(Roles.Dcs).Select(DcsNode.Describe))], cancellationToken);
        var around = Start(
            stack,
            [
                .. _layout.OfRole(Roles.Postgres).Select(place => PostgresNode.Describe(place, _layout)),
                .. _layout.OfRole(Roles.Pooler).Select(place => PoolerNode.Describe(place, _layout)),
                .. _layout.OfRole(Roles.LoadBalancer).Select(place => LoadBalancerNode.Describe(place, _layout)),
            ]);
        var aroundReady = ReadyAsync(around, cancellationToken);
        await DatabaseTakesWritesAsync(stack, aroundReady, cancellationToken);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var replicasFollow = ReplicasFollowAsync(stack, aroundReady, failed.Token);
        try
        {
            if (_layout.Spec.ReadsFromReplicas)
            {
                await replicasFollow;
            }

            await StartSpireAsync(stack, cancellationToken);
            await replicasFollow;
        }
        catch
        {
            await failed.CancelAsync();
            await replicasFollow.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task DatabaseTakesWritesAsync(LocalStack stack, Task nodesReady, CancellationToken cancellationToken)
    {
        if (_layout.OfRole(Roles.Postgres).Count == 0)
        {
            return;
        }

        IReadOnlyList<DatabaseMember> members = [];
        await UntilAsync(
            "the database to have a primary",
            async () =>
            {
                // A node that fails has more to say than a database that does not come.
                if (nodesReady.IsFaulted)
                {
                    await nodesReady;
                }

                members = await stack.GetMembersAsync(cancellationToken);
                return members.Any(member => member.Role == DatabaseRole.Primary);
            },
            () => Describe(members),
            cancellationToken);
        var primary = members.First(member => member.Role == DatabaseRole.Primary).Node;
        await DatabaseSetup.RunAsync(new IPEndPoint(primary.Address, Ports.Postgres), _layout.Secrets, cancellationToken);
        if (_layout.OfRole(Roles.LoadBalancer).Count > 0)
        {
            await UntilAsync(
                "the database to take writes through the load balancer",
                () => stack.TryWriteAsync(cancellationToken),
                () => Describe(members),
                cancellationToken);
        }
    }

    private async Task StartSpireAsync(LocalStack stack, CancellationToken cancellationToken)
    {
        var servers = _layout.OfRole(Roles.SpireServer);
        if (_spire is null || servers.Count == 0)
        {
            return;
        }

        var authority = stack.NodeAuthority.ExportCertificatePem() + "\n";
        var programs = servers.Select(place => SpireServerNode.Describe(place, _layout, _spire, authority)).ToArray();
        await ReadyAsync(Start(stack, programs[..1]), cancellationToken);
        await ReadyAsync(Start(stack, programs[1..]), cancellationToken);
        if (_layout.OfRole(Roles.SpireAgent).Count > 0)
        {
            var bundle = await BootstrapBundle.ReadPemAsync(
                _bundles, SpireServerNode.AdminSocket(servers[0]), servers.Count, _time, cancellationToken);
            await ReadyAsync(
                Start(stack, _layout.OfRole(Roles.SpireAgent).Select(place =>
                    SpireAgentNode.Describe(place, _layout, _spire, stack.IssueIdentity(place), bundle))),
                cancellationToken);
        }
    }

    private async Task ReplicasFollowAsync(LocalStack stack, Task nodesReady, CancellationToken cancellationToken)
    {
        await nodesReady.WaitAsync(cancellationToken);
        if (_layout.OfRole(Roles.Postgres).Count < 2)
        {
            return;
        }

        IReadOnlyList<DatabaseMember> members = [];
        await UntilAsync(
            "the replicas to follow the primary",
            async () =>
            {
                await stack.HastenReplicationAsync(cancellationToken);
                members = await stack.GetMembersAsync(cancellationToken);
                return members.All(member => member.Role != DatabaseRole.Unknown) && members.Any(member => member.IsSynchronous);
            },
            () => Describe(members),
            cancellationToken,
            HasteInterval);
    }

    private IReadOnlyList<ProcessNode> Start(LocalStack stack, IEnumerable<NodeProgram> programs) =>
        [.. programs.Select(program => stack.Start(program, _logs))];

    private async Task ReadyAsync(IReadOnlyList<ProcessNode> nodes, CancellationToken cancellationToken)
    {
        if (nodes.Count > 0)
        {
            _progress.Report($"waiting for {string.Join(", ", nodes.Select(node => node.Name))}");
            await Task.WhenAll(nodes.Select(node => node.WaitUntilReadyAsync(cancellationToken)));
        }
    }

    private async Task UntilAsync(string what, Func<Task<bool>> condition, Func<string> lastSeen, CancellationToken cancellationToken, TimeSpan? interval = null)
    {
        _progress.Report($"waiting for {what}");
        var begun = _time.GetTimestamp();
        while (!await condition())
        {
            if (_time.GetElapsedTime(begun) > DatabaseLimit)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed,
                    $"Waited {Duration.Format(DatabaseLimit)} for {what}; last seen: {lastSeen()}.",
                    $"The logs of the nodes are in {_logs.FullName}.");
            }

            await Task.Delay(interval ?? Interval, _time, cancellationToken);
        }
    }

    private static string Describe(IEnumerable<DatabaseMember> members) =>
        string.Join(", ", members.Select(member => $"{member.Node.Name} is {member.Role.ToString().ToLowerInvariant()} ({member.State})"));
}
