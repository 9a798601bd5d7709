using System.Net;
using System.Security.Cryptography.X509Certificates;
using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>A stack of somebody else's while it is judged. Disposing lets go of it; it stays as it is.</summary>
internal sealed class ExistingStack : IStack, ISpireStack, INetworkControl, IRolloutControl, IScaleControl, ICordonControl, IEvictionControl, IStackWorld
{
    private static readonly TimeSpan TidyLimit = TimeSpan.FromMinutes(1);

    private readonly ExistingNodes _nodes;
    private readonly IReadOnlyList<PodWatch> _watches;
    private readonly ServerDoors _doors;
    private readonly StackCredentials _credentials;
    private readonly EntryRegister? _entries;
    private readonly ExistingFaults _faults;
    private readonly ExistingHands? _hands;
    private readonly ClusterNetwork? _network;
    private readonly TimeProvider _time;

    /// <summary>Creates the stack and begins to watch its pods.</summary>
    /// <param name="kubectl">For any namespace.</param>
    /// <param name="found">What was found.</param>
    /// <param name="credentials">What its owner has given; disposed of with the stack.</param>
    /// <param name="run">The run, which is written beside each mark that a fault leaves.</param>
    /// <param name="hands">The helpers, when a fault of the run needs them; disposed of with the stack.</param>
    /// <param name="time">The clock.</param>
    public ExistingStack(IKubectl kubectl, FoundStack found, StackCredentials credentials, string run, ExistingHands? hands, TimeProvider time)
    {
        (_credentials, _hands, _time) = (credentials, hands, time);
        _nodes = new ExistingNodes(found, kubectl, hands is null ? null : new PodProcesses(hands.Helpers), time);
        _network = hands is null ? null : new ClusterNetwork(hands.Helpers, _nodes, knowsServices: false);
        _faults = new ExistingFaults(kubectl, found, run, time);
        var servers = found.Of(Roles.SpireServer)!;
        Flavor = ImageVersion.FlavorOf(servers.Images);
        _doors = new ServerDoors(kubectl.InNamespace(servers.Where.Namespace), _nodes.OfRole(Roles.SpireServer), servers.Where.Port, credentials, time);
        _entries = credentials.Administrator is null ? null : new EntryRegister(_doors, _nodes.OfRole(Roles.SpireServer));
        _watches = [.. found.Roles.Select(role => Watch(kubectl, role))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<INode> Nodes => _nodes.All;

    /// <inheritdoc/>
    public required IReadOnlyDictionary<string, string> Facts { get; init; }

    /// <inheritdoc/>
    public string TrustDomain => _credentials.TrustDomain.Name;

    /// <inheritdoc/>
    public string Flavor { get; }

    /// <inheritdoc/>
    /// <remarks>No load balancer's: the servers that are ready take turns, as they do behind a Service.</remarks>
    public IPEndPoint LoadBalancedApi => _doors.Any;

    /// <inheritdoc/>
    public IReadOnlyList<SpireServerAccess> Servers =>
    [
        .. _nodes.OfRole(Roles.SpireServer).Select(node => new SpireServerAccess(
            node, new IPEndPoint(node.Address, _doors.Port), token => _doors.DialAdminAsync(node, token))),
    ];

    /// <inheritdoc/>
    /// <remarks>None: their sockets are on Kubernetes nodes, where nothing of the harness runs.</remarks>
    public IReadOnlyList<SpireAgentAccess> Agents => [];

    /// <inheritdoc/>
    public X509Certificate2 NodeAuthority => _credentials.Authority;

    /// <inheritdoc/>
    /// <remarks>Empty without an administrator; drivers that need one were refused.</remarks>
    public string AdministratorId => _credentials.Administrator?.Id.ToString() ?? string.Empty;

    /// <inheritdoc/>
    public bool ShowsEntries => _entries is not null;

    /// <inheritdoc/>
    public ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken) => _doors.DialAsync(endPoint, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Not from the database, which is its owner's: SPIRE's servers answer administrators from it.</remarks>
    public async Task<IReadOnlyList<string>> ReadEntryIdsAsync(CancellationToken cancellationToken) =>
        _entries is null ? [] : [.. (await _entries.ListAsync(cancellationToken)).Select(entry => entry.Id)];

    private ClusterNetwork Network => _network ?? throw new InvalidOperationException("No fault of this run was said to cut links, so there are no helpers.");

    /// <inheritdoc/>
    public Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken) => Network.CutAsync(links, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ProbeAsync(Link link, CancellationToken cancellationToken) => Network.ProbeAsync(link, cancellationToken);

    /// <inheritdoc/>
    public Task RestartAsync(string role, CancellationToken cancellationToken) => _faults.RestartAsync(role, cancellationToken);

    /// <inheritdoc/>
    public Task ScaleAsync(string role, int replicas, CancellationToken cancellationToken) => _faults.ScaleAsync(role, replicas, cancellationToken);

    /// <inheritdoc/>
    public Task<ICordon> CordonAsync(IReadOnlyCollection<string> kubernetesNodes, CancellationToken cancellationToken) =>
        _faults.CordonAsync(kubernetesNodes, cancellationToken);

    /// <inheritdoc/>
    public Task<EvictionAnswer> EvictAsync(IReplica pod, CancellationToken cancellationToken) => _faults.EvictAsync(pod, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>What faults mark in the API server. How many pods there are is its owner's, and rules inside of pods are leases of seconds.</remarks>
    public async Task<IReadOnlyDictionary<string, string>> ReadWorldAsync(CancellationToken cancellationToken)
    {
        var marks = await _faults.FindMarksAsync(cancellationToken);
        return new Dictionary<string, string> { ["marks of faults"] = marks.Count == 0 ? "none" : string.Join(", ", marks) };
    }

    /// <summary>Looks whether every server can be reached and is who it should be, and remembers which entries there are.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <exception cref="HarnessException">A server does not answer, or the administrator is none.</exception>
    public async Task MeetAsync(CancellationToken cancellationToken)
    {
        // First what those that are known by the file know of the others: a server signs with an authority of its own.
        var servers = _nodes.OfRole(Roles.SpireServer);
        await _doors.LearnAsync(servers, cancellationToken);
        foreach (var server in servers)
        {
            try
            {
                await _doors.ReadBundleAsync(server, cancellationToken);
            }
            catch (Spire.Wire.Grpc.GrpcException refusal)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed,
                    $"{server.Name} (pod {server.Pod?.Name}) did not give its bundle on port {_doors.Port}: {refusal.Message}",
                    "If the certificate is refused, 'trust-bundle' is not the bundle of these servers: spire-server bundle show tells what is.");
            }
        }

        await (_entries?.RememberAsync(cancellationToken) ?? Task.CompletedTask);
    }

    /// <inheritdoc/>
    public async Task WatchAsync(IEventSink events, CancellationToken cancellationToken)
    {
        void Record(PodNode node, NodeStatus status) =>
            events.Record(new NodeChanged(node.Name, status.State, status.Restarts, status.Reason));

        foreach (var node in _nodes.All)
        {
            Record(node, node.Status);
            node.StateChanged += Record;
        }

        try
        {
            await Task.WhenAll(_watches.Select(watch => new WatchTrouble(watch, _time).RecordAsync(events, cancellationToken)));
        }
        finally
        {
            foreach (var node in _nodes.All)
            {
                node.StateChanged -= Record;
            }
        }
    }

    /// <summary>Lets go of the stack without tidying up, because nothing was done to it.</summary>
    public async Task LeaveAsync()
    {
        try
        {
            await LetGoAsync();
        }
        finally
        {
            foreach (var watch in _watches)
            {
                await watch.DisposeAsync();
            }

            await _doors.DisposeAsync();
            _credentials.Dispose();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="HarnessException">Registration entries of the run, or what a fault has changed, are still there.</exception>
    public async ValueTask DisposeAsync()
    {
        // Each is tried, whatever became of the one before. Hands first, so that all they did is undone.
        var left = new List<HarnessException>();
        foreach (var step in new[] { LetGoAsync, UndoAsync, TidyUpAsync, LeaveAsync })
        {
            try
            {
                await step();
            }
            catch (HarnessException trouble)
            {
                left.Add(trouble);
            }
        }

        if (left.Count > 0)
        {
            throw new HarnessException(
                ExitCode.LeftUnclean, string.Join('\n', left.Select(trouble => trouble.Message)), string.Join(' ', left.Select(trouble => trouble.Hint).OfType<string>().Distinct()), left[0]);
        }
    }

    private async Task LetGoAsync() => await (_hands?.DisposeAsync() ?? ValueTask.CompletedTask);

    private async Task UndoAsync()
    {
        using var limit = new CancellationTokenSource(TidyLimit, _time);
        try
        {
            await _faults.UndoAsync(limit.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or HarnessException)
        {
            throw new HarnessException(
                ExitCode.LeftUnclean, $"What faults have changed may still be so: {error.Message}", "Run 'recover' with the same environment file.", error);
        }
    }

    private async Task TidyUpAsync()
    {
        using var limit = new CancellationTokenSource(TidyLimit, _time);
        try
        {
            await (_entries?.TidyUpAsync(limit.Token) ?? Task.CompletedTask);
        }
        catch (Exception error) when (error is OperationCanceledException or HarnessException { ExitCode: ExitCode.EnvironmentFailed })
        {
            throw new HarnessException(
                ExitCode.LeftUnclean,
                $"Registration entries below {EntryRegister.OwnPath} may still be there: {error.Message}",
                "Look with 'spire-server entry show', and delete them with 'spire-server entry delete'.",
                error);
        }
    }

    private PodWatch Watch(IKubectl kubectl, FoundRole role)
    {
        var watch = new PodWatch(kubectl.InNamespace(role.Where.Namespace), role.Where.Selector, _time);
        watch.Changed += (name, pod) => _nodes.See(role.Role, name, pod);
        watch.Start();
        return watch;
    }
}
