using Validation.Core.Stacks;
using Validation.Environments.Cluster.Cleaning;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Guard;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Cluster;

/// <summary>Brings a stack up in a cluster.</summary>
/// <remarks>
/// In the order of need, as in <c>local</c>: secrets; then everything but SPIRE, side by side; when the database takes
/// writes, the first SPIRE server alone, because two of them would make the tables at the same time and fail; then the
/// others; then, with the authorities of all servers, the agents. Last of all the replicas must stream.
/// </remarks>
internal sealed class ClusterStart
{
    private static readonly TimeSpan PodLimit = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan DatabaseLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ClusterParts _parts;
    private readonly ClusterDeployment _deployment;
    private readonly StartPortions _portions;
    private readonly PodsReady _ready;
    private readonly PodsReady _helpersReady;
    private readonly TimeProvider _time;
    private readonly IProgress<string> _progress;

    /// <summary>Prepares the start.</summary>
    /// <param name="parts">What the stack is made of.</param>
    /// <param name="manifests">The rendered objects.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told what is being waited for.</param>
    public ClusterStart(ClusterParts parts, ManifestSet manifests, TimeProvider time, IProgress<string> progress)
    {
        (_parts, _deployment, _portions, _time, _progress) = (parts, parts.Deployment, StartPortions.Of(manifests), time, progress);
        _ready = new PodsReady(parts.Watch, parts.Kubectl, time, progress) { HasEmbeddedSpire = _deployment.HasEmbeddedSpire };
        _helpersReady = new PodsReady(
            parts.HelperWatch, parts.Kubectl.InNamespace(ClusterNames.SystemNamespace(_deployment.Namespace)), time, progress);
    }

    /// <summary>Brings the stack up and returns when every node is ready.</summary>
    /// <param name="missingNamespaces">The namespaces that do not exist yet.</param>
    /// <param name="dead">The claim of a run that is dead; null when there is none.</param>
    /// <param name="cancellationToken">Ends the attempt and takes down what was started.</param>
    /// <exception cref="HarnessException">A pod did not get ready; the message has its name, its events and its last log lines.</exception>
    public async Task<ClusterStack> RunAsync(IReadOnlyList<string> missingNamespaces, SeenClaim? dead, CancellationToken cancellationToken)
    {
        var stack = new ClusterStack(_parts, _time);
        try
        {
            await StartAsync(stack, missingNamespaces, dead, cancellationToken);
            return stack;
        }
        catch (Exception trouble)
        {
            if (_parts.Claim is not null)
            {
                _progress.Report("taking down what was started");
            }

            await TakenDown.AfterAsync(stack, trouble);
            throw;
        }
    }

    private async Task StartAsync(ClusterStack stack, IReadOnlyList<string> missingNamespaces, SeenClaim? dead, CancellationToken cancellationToken)
    {
        await ApplyAsync(_portions.Namespaces.Where(one => missingNamespaces.Contains(ManifestSet.Name(one))), cancellationToken);
        _parts.Claim = await RunClaim.TakeAsync(_parts.Kubectl, _deployment.Run, dead, _time, cancellationToken);
        await new ClusterCleaner(_parts.Kubectl, _deployment.Run).CleanAsync(_progress, cancellationToken);
        _progress.Report($"applying {_portions.Ground.Objects.Count} objects in {_deployment.Namespace}");
        await ApplyAsync(_parts.Material.Objects(_deployment), cancellationToken);
        await ApplyAsync(_portions.Ground, cancellationToken);
        _parts.Watch.Start();
        _parts.HelperWatch.Start();
        await Task.WhenAll(
            _helpersReady.WaitAsync(ClusterNames.NodeHelper, _deployment.KubernetesNodes.Count, PodLimit, cancellationToken),
            _ready.WaitAsync(Roles.Workload, _deployment.KubernetesNodes.Count, PodLimit, cancellationToken),
            _ready.WaitAsync(Roles.Postgres, _deployment.Count(Roles.Postgres), PodLimit, cancellationToken),
            _ready.WaitAsync(Roles.Pooler, 1, PodLimit, cancellationToken),
            _ready.WaitAsync(Roles.LoadBalancer, 1, PodLimit, cancellationToken));
        await DatabaseTakesWritesAsync(stack, cancellationToken);
        await StartSpireAsync(stack, cancellationToken);
        await ReplicasFollowAsync(stack, cancellationToken);
        await MeetHelpersAsync(cancellationToken);
    }

    private async Task StartSpireAsync(ClusterStack stack, CancellationToken cancellationToken)
    {
        // A server ends when its database does not take writes yet, and its kubelet lets it wait longer each time.
        var servers = _deployment.Count(Roles.SpireServer);
        await ApplyAsync(_portions.FirstServer, cancellationToken);
        await _ready.WaitAsync(Roles.SpireServer, 1, PodLimit, cancellationToken);
        if (servers > 1)
        {
            await _parts.Kubectl.RequireAsync(ClusterCommands.Scale(Roles.SpireServer, servers), cancellationToken);
            await _ready.WaitAsync(Roles.SpireServer, servers, PodLimit, cancellationToken);
        }

        _progress.Report("reading the authorities of all servers");
        var first = _parts.Nodes.OfRole(Roles.SpireServer)[0].Name;
        var bundle = await BootstrapBundle.ReadPemAsync(
            new SocketBundleSource(stack.DialServer), first, servers, _time, cancellationToken);
        await ApplyAsync(RunMaterial.Bundle(_deployment, bundle), cancellationToken);
        await ApplyAsync(_portions.Agents, cancellationToken);
        await _ready.WaitAsync(Roles.SpireAgent, _deployment.AgentNodes.Count, PodLimit, cancellationToken);
    }

    /// <summary>Opens the sessions with the node helpers now: a fault should not have to wait for them, nor a load suffer from their start.</summary>
    private async Task MeetHelpersAsync(CancellationToken cancellationToken)
    {
        _progress.Report("opening sessions with the node helpers");
        await Task.WhenAll(_deployment.KubernetesNodes.Select(name => _parts.Helpers.OnAsync(name, cancellationToken)));
    }

    private async Task DatabaseTakesWritesAsync(ClusterStack stack, CancellationToken cancellationToken)
    {
        IReadOnlyList<DatabaseMember> members = [];
        await UntilAsync(
            "the database to have a primary",
            async () =>
            {
                members = await stack.GetMembersAsync(cancellationToken);
                return members.Any(member => member.Role == DatabaseRole.Primary);
            },
            () => Describe(members),
            cancellationToken);
        await UntilAsync("the database to be reached through the load balancer", () => TryMakeTableAsync(stack, cancellationToken), () => Describe(members), cancellationToken);
        await UntilAsync("the database to take writes", () => stack.TryWriteAsync(cancellationToken), () => Describe(members), cancellationToken);
    }

    private async Task ReplicasFollowAsync(ClusterStack stack, CancellationToken cancellationToken)
    {
        if (_deployment.Count(Roles.Postgres) < 2)
        {
            return;
        }

        IReadOnlyList<DatabaseMember> members = [];
        await UntilAsync(
            "the replicas to follow the primary",
            async () =>
            {
                members = await stack.GetMembersAsync(cancellationToken);
                return members.All(member => member.Role != DatabaseRole.Unknown) && members.Any(member => member.IsSynchronous);
            },
            () => Describe(members),
            cancellationToken);
    }

    private static async Task<bool> TryMakeTableAsync(ClusterStack stack, CancellationToken cancellationToken)
    {
        try
        {
            await stack.MakeWriteTableAsync(cancellationToken);
            return true;
        }
        catch (Npgsql.PostgresException error) when (error.SqlState == Npgsql.PostgresErrorCodes.DuplicateTable)
        {
            // An attempt whose answer was lost.
            return true;
        }
        catch (Exception error) when (error is Npgsql.NpgsqlException or IOException or TimeoutException)
        {
            return false;
        }
    }

    private async Task ApplyAsync(ManifestSet manifests, CancellationToken cancellationToken)
    {
        if (manifests.Objects.Count > 0)
        {
            await _parts.Kubectl.InNamespace(string.Empty).RequireAsync(ClusterCommands.ApplyAll(manifests), cancellationToken);
        }
    }

    private async Task UntilAsync(string what, Func<Task<bool>> condition, Func<string> lastSeen, CancellationToken cancellationToken)
    {
        _progress.Report($"waiting for {what}");
        var begun = _time.GetTimestamp();
        while (!await condition())
        {
            if (_time.GetElapsedTime(begun) > DatabaseLimit)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed, $"Waited {Duration.Format(DatabaseLimit)} for {what}; last seen: {lastSeen()}.");
            }

            await Task.Delay(Interval, _time, cancellationToken);
        }
    }

    private static string Describe(IEnumerable<DatabaseMember> members) =>
        string.Join(", ", members.Select(member => $"{member.Node.Name} is {member.Role.ToString().ToLowerInvariant()} ({member.State})"));
}
