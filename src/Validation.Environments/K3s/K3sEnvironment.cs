using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Kubernetes;

namespace Validation.Environments.K3s;

/// <summary>A cluster of the harness' own, made for one run: K3s in three containers. In it, everything is as in any cluster.</summary>
public sealed class K3sEnvironment : IClusterEnvironment
{
    private static readonly HashSet<Type> KubernetesNodeCan = [typeof(IKillable), typeof(IStoppable), typeof(IPausable)];

    private readonly K3sOptions _options;
    private readonly SecretMask _mask = new();
    private readonly IDocker _docker;
    private readonly Func<K3sNames, IAsyncDisposable> _startReaper;
    private readonly TimeProvider _time;

    /// <summary>Creates the environment; nothing is asked of the engine yet.</summary>
    /// <param name="options">How it is used.</param>
    /// <param name="time">The clock.</param>
    public K3sEnvironment(K3sOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _docker = new Docker(_mask, time);
        _startReaper = names => Reaper.Start(Docker.Find(), names, time);
    }

    /// <summary>Creates the environment with another docker.</summary>
    /// <param name="options">How it is used.</param>
    /// <param name="docker">The program.</param>
    /// <param name="startReaper">Starts what removes a cluster when the harness ends without having done so.</param>
    /// <param name="time">The clock.</param>
    internal K3sEnvironment(K3sOptions options, IDocker docker, Func<K3sNames, IAsyncDisposable> startReaper, TimeProvider time) =>
        (_options, _docker, _startReaper, _time) = (options, docker, startReaper, time);

    /// <inheritdoc/>
    public string Name => "k3s";

    /// <inheritdoc/>
    public string Summary =>
        "A throw-away Kubernetes of three nodes in containers of the Docker engine; its nodes can fail too. "
        + "One kernel and one clock: disks and clock skew it does not have.";

    /// <inheritdoc/>
    public bool HasEmbeddedSpire => _options.HasEmbeddedSpire;

    /// <inheritdoc/>
    public IReadOnlyList<Refusal> Refusals(Scenario scenario) => ClusterRefusals.Of(scenario);

    /// <inheritdoc/>
    public StackShape Describe(StackSpec stack)
    {
        var shape = Inner("KUBECONFIG", isDecided: false).Describe(stack);
        return shape with
        {
            Nodes = [.. shape.Nodes, .. K3sNames.Nodes.Select(name => new NodeShape(name, Roles.KubernetesNode, KubernetesNodeCan))],
        };
    }

    /// <inheritdoc/>
    public async Task<IStack> UpAsync(StackSpec stack, DirectoryInfo logs, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var (cluster, images, readyAfter) = await StartClusterAsync(progress, cancellationToken);
        try
        {
            var inner = await Inner(cluster.Kubeconfig, isDecided: true).UpAsync(stack, logs, progress, cancellationToken);
            var nodes = Nodes(cluster);
            return new K3sStack(inner, nodes, new NodeNetwork(_docker, _time), new KubernetesNodeWatch(_docker, KubectlFor(cluster.Kubeconfig), nodes, _time), cluster)
            {
                Facts = new Dictionary<string, string>(inner.Facts) { ["k3s image"] = images.OfNodes.Reference, [ReadyAfter.Cluster] = ReadyAfter.Text(readyAfter) },
            };
        }
        catch (Exception trouble)
        {
            await TakenDown.AfterAsync(cluster, trouble);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> UpAndLeaveAsync(
        StackSpec stack, DirectoryInfo logs, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var (cluster, _, _) = await StartClusterAsync(progress, cancellationToken);
        try
        {
            var nodes = await Inner(cluster.Kubeconfig, isDecided: true).UpAndLeaveAsync(stack, logs, progress, cancellationToken);
            await cluster.LeaveUpAsync();
            var look = K3sCommands.Kubectl(cluster.Names.Container(K3sNames.Server), "get", "pods", $"--namespace={ClusterNames.DefaultNamespace}");
            return [.. nodes, $"Its kubectl: {look}"];
        }
        catch (Exception trouble)
        {
            await TakenDown.AfterAsync(cluster, trouble);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<ClusterPlan> ExplainAsync(Scenario scenario, Plan plan, CancellationToken cancellationToken)
    {
        var images = new RequiredImages(_docker, _options);
        var (seen, refusal) = await LookAsync(images, cancellationToken);
        var planner = new K3sPlanner(images);
        var inner = await Inner(K3sPlanner.Kubeconfig, isDecided: false).ExplainAsync(scenario, plan, K3sPlanner.OnKubernetesNodes, cancellationToken);
        return new ClusterPlan(
            [
                new ClusterPlanSection("look at the Docker engine, before anything is changed", seen),
                planner.MakeCluster(),
                planner.GetReady(),
                .. inner.Sections.Where(section => section.Lines.Any(line => !line.StartsWith('#'))),
                K3sPlanner.RemoveCluster(),
            ],
            refusal);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> RecoverAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        await RequireEngineAsync(cancellationToken);
        return await new K3sRecovery(_docker, HarnessMark.LifeOf).RecoverAsync(progress, cancellationToken);
    }

    private async Task<(K3sCluster Cluster, RequiredImages Images, TimeSpan ReadyAfter)> StartClusterAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        progress.Report("asking the Docker engine");
        var images = new RequiredImages(_docker, _options);
        await RequireEngineAsync(cancellationToken);
        await images.EnsureAsync(progress, cancellationToken);
        await new K3sRecovery(_docker, HarnessMark.LifeOf).RecoverAsync(progress, cancellationToken);
        var begun = _time.GetTimestamp();
        var cluster = await K3sCluster.StartAsync(_docker, images, _mask, _startReaper, _time, progress, cancellationToken);
        try
        {
            await new K3sStart(_docker, KubectlFor(cluster.Kubeconfig), cluster, _mask, _time, progress).RunAsync(images, cancellationToken);
            return (cluster, images, _time.GetElapsedTime(begun));
        }
        catch (Exception trouble)
        {
            await TakenDown.AfterAsync(cluster, trouble);
            throw;
        }
    }

    private async Task<string> RequireEngineAsync(CancellationToken cancellationToken)
    {
        var answer = await _docker.RunAsync(K3sCommands.AskEngine, cancellationToken);
        return answer.Succeeded ? answer.Output.Trim() : throw new HarnessException(
            ExitCode.EnvironmentFailed,
            $"No Docker engine answers. {answer.Errors.Trim()}",
            "Start it, or let this user reach it; 'docker version' must show a server. --environment local needs no Docker.");
    }

    private async Task<(IReadOnlyList<string> Seen, HarnessException? Refusal)> LookAsync(RequiredImages images, CancellationToken cancellationToken)
    {
        try
        {
            var engine = await RequireEngineAsync(cancellationToken);
            var missing = (await images.FindMissingAsync(cancellationToken)).Where(image => !_options.ImageFiles.ContainsKey(image.Name)).ToArray();
            var left = await new K3sRecovery(_docker, HarnessMark.LifeOf).FindAsync(cancellationToken);
            return (
                [
                    $"# Docker engine {engine}",
                    $"# images that are missing: {(missing.Length == 0 ? "none" : string.Join(", ", missing.Select(image => image.Reference)))}",
                    $"# left by an earlier run, to be removed first: {(left.Removable.Count == 0 ? "nothing" : string.Join(", ", left.Removable))}",
                    .. left.Remark() is { } remark ? [$"# {remark}"] : Array.Empty<string>(),
                ],
                missing.Length == 0 ? null : RequiredImages.Refusal(missing));
        }
        catch (HarnessException refusal)
        {
            return ([$"# refused: {refusal.Message}"], refusal);
        }
    }

    private KubernetesNode[] Nodes(K3sCluster cluster) =>
    [
        .. K3sNames.Nodes.Select(name => new KubernetesNode(
            name,
            cluster.Names.Container(name),
            cluster.Addresses[name],
            _docker,
            name == K3sNames.Server ? cluster.FindApiAsync : _ => Task.CompletedTask,
            _time)),
    ];

    private Kubectl KubectlFor(string kubeconfig) => new(new KubectlTarget(kubeconfig, K3sCluster.Context, string.Empty), _mask, _time);

    private KubernetesEnvironment Inner(string kubeconfig, bool isDecided) => new(
        new KubernetesOptions
        {
            Kubeconfig = kubeconfig,
            Context = K3sCluster.Context,
            AllowedContexts = [K3sCluster.Context],
            IsDecided = isDecided,
            Spire = HasEmbeddedSpire ? KubernetesSpire.Embedded : KubernetesSpire.Official,
            Manifests = new DirectoryInfo(Path.Combine(_options.Environments.FullName, "kubernetes")),
            Overlays = new DirectoryInfo(Path.Combine(_options.Environments.FullName, "k3s")),
            IsThrowAway = true,
        },
        _time);
}
