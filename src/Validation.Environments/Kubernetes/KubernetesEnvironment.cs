using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Cleaning;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Guard;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes;

/// <summary>Any cluster that a kubeconfig leads to.</summary>
public sealed class KubernetesEnvironment : IClusterEnvironment
{
    private static readonly HashSet<Type> PodCan = [.. NodeHelpers.ToPods, typeof(IPod)];
    private static readonly HashSet<Type> ReplicaCan = [.. PodCan, typeof(IReplica)];

    private readonly KubernetesOptions _options;
    private readonly SecretMask _mask = new();
    private readonly TimeProvider _time;
    private readonly IKubectl _kubectl;

    /// <summary>Creates the environment; nothing is asked of the cluster yet.</summary>
    /// <param name="options">How it is used.</param>
    /// <param name="time">The clock.</param>
    public KubernetesEnvironment(KubernetesOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _kubectl = new Kubectl(new KubectlTarget(options.Kubeconfig, options.Context, options.Namespace), _mask, time);
    }

    /// <summary>Creates the environment with another kubectl.</summary>
    /// <param name="options">How it is used.</param>
    /// <param name="kubectl">The program, for the stack's namespace.</param>
    /// <param name="time">The clock.</param>
    internal KubernetesEnvironment(KubernetesOptions options, IKubectl kubectl, TimeProvider time) =>
        (_options, _kubectl, _time) = (options, kubectl, time);

    /// <inheritdoc/>
    public string Name => "kubernetes";

    /// <inheritdoc/>
    public string Summary =>
        "A namespace of any cluster that a kubeconfig leads to, of Kubernetes 1.27 or later. "
        + "Machines that fail, disks and clock skew it does not have, and no configuration store of its own to stop.";

    /// <inheritdoc/>
    public bool HasEmbeddedSpire => _options.Spire == KubernetesSpire.Embedded;

    /// <inheritdoc/>
    public IReadOnlyList<Refusal> Refusals(Scenario scenario) => ClusterRefusals.Of(scenario);

    /// <inheritdoc/>
    public StackShape Describe(StackSpec stack) => new(
        [.. ClusterNodes.NamesOf(stack).Select(node => new NodeShape(node.Name, node.Role, CanOf(node.Role)))],
        new HashSet<Type>
        {
            typeof(INetworkControl), typeof(IDatabaseCluster), typeof(ISpireStack), typeof(ISpireControl), typeof(IWorkerStack),
            typeof(IRolloutControl), typeof(IScaleControl), typeof(ICordonControl), typeof(IEvictionControl),
        });

    /// <inheritdoc/>
    public async Task<IStack> UpAsync(StackSpec stack, DirectoryInfo logs, IProgress<string> progress, CancellationToken cancellationToken) =>
        await BringUpAsync(stack, logs, progress, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> UpAndLeaveAsync(
        StackSpec stack, DirectoryInfo logs, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var up = await BringUpAsync(stack, logs, progress, cancellationToken);
        var nodes = up.DescribeNodes();
        await up.LeaveUpAsync();
        return nodes;
    }

    /// <inheritdoc/>
    public Task<ClusterPlan> ExplainAsync(Scenario scenario, Plan plan, CancellationToken cancellationToken) =>
        ExplainAsync(scenario, plan, _ => null, cancellationToken);

    /// <summary>Looks at a cluster and says what a run would do there, where somebody else knows what is beneath it.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="beneath">Returns the step of a fault that hits what is beneath the cluster; null for every other fault.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    internal async Task<ClusterPlan> ExplainAsync(
        Scenario scenario, Plan plan, Func<PlannedFault, ClusterPlanSection?> beneath, CancellationToken cancellationToken)
    {
        var sections = new List<ClusterPlanSection>();
        var (site, refusal) = _options.IsDecided ? await TryExamineAsync(scenario.StackForFaults, cancellationToken) : (null, null);
        IReadOnlyList<string> remains = site is null ? [] : await new ClusterCleaner(_kubectl).FindAsync(cancellationToken);
        var living = site is null ? null : await RunClaim.FindMaybeLivingAsync(_kubectl, _time, cancellationToken);
        sections.Add(Seen(site, remains, living, refusal));
        var planner = new ClusterPlanner(_kubectl.Target, scenario.Stack, CutsByPolicy);
        var deployment = site?.Deployment ?? Deployment(scenario.Stack, Unknown(scenario.Stack));
        sections.Add(planner.Up(deployment.Overlay, await new ManifestRenderer(_kubectl).RenderAsync(deployment, cancellationToken), remains.Count > 0));
        sections.Add(planner.Reach());
        sections.AddRange(plan.Faults.Count > 0 ? [planner.Compare(), .. planner.Faults(scenario, plan, beneath)] : Array.Empty<ClusterPlanSection>());
        if (!_options.IsThrowAway)
        {
            sections.Add(planner.Clean("take it down"));
        }

        return new ClusterPlan(sections, refusal);
    }

    private static HashSet<Type> CanOf(string role) => role == Roles.Workload ? [] : ClusterCommands.HasReplicas(role) ? ReplicaCan : PodCan;

    private async Task<ClusterStack> BringUpAsync(
        StackSpec stack, DirectoryInfo logs, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        progress.Report($"asking the cluster of context {_options.Context}");
        var site = await ExamineAsync(stack, cancellationToken);
        var dead = await RunClaim.RequireFreeAsync(_kubectl, progress, _time, cancellationToken);
        var manifests = await new ManifestRenderer(_kubectl).RenderAsync(site.Deployment, cancellationToken);
        var parts = new ClusterParts(_kubectl, site.Deployment, Flavor, CutsByPolicy, _mask, logs, _time);
        var up = await new ClusterStart(parts, manifests, _time, progress).RunAsync(site.MissingNamespaces, dead, cancellationToken);
        up.Facts = Facts(site, manifests, _time.GetElapsedTime(begun));
        return up;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> RecoverAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        Guard.RequireAllowedContext();
        await Guard.RequireKnownContextAsync(cancellationToken);
        return await new ClusterRecovery(_kubectl, _time).RunAsync(progress, cancellationToken);
    }

    private GuardRails Guard => new(_kubectl, _options.AllowedContexts);

    private bool CutsByPolicy => _options.Cut == KubernetesCut.NetworkPolicy;

    private string Flavor => HasEmbeddedSpire ? "embedded SPIRE" : "SPIRE";

    /// <summary>Returns the Kubernetes nodes that a plan speaks of when no cluster was asked.</summary>
    private static ClusterFacts Unknown(StackSpec stack) => new(
        "unknown", [.. Enumerable.Range(1, Math.Max(1, stack.Counts.GetValueOrDefault(Roles.SpireAgent))).Select(index => $"KUBERNETES-NODE-{index}")]);

    private ClusterPlanSection Seen(Site? site, IReadOnlyList<string> remains, SeenClaim? living, HarnessException? refusal)
    {
        const string Title = "look, before anything is changed";
        if (!_options.IsDecided)
        {
            return new ClusterPlanSection(Title, ["# No --environment-file was given: no cluster was asked. KUBECONFIG and CONTEXT stand for what it will say."]);
        }

        return new ClusterPlanSection(
            Title,
            site is null
                ? [$"# refused: {refusal!.Message}"]
                :
                [
                    $"# context {_options.Context}: Kubernetes {site.Cluster.Version}, pods go to {string.Join(", ", site.Cluster.KubernetesNodes)}",
                    $"# namespaces to be made: {(site.MissingNamespaces.Count == 0 ? "none" : string.Join(", ", site.MissingNamespaces))}",
                    $"# there already, of a run: {(remains.Count == 0 ? "nothing" : string.Join(", ", remains))}",
                    .. living is null ? Array.Empty<string>() : [$"# run {living.Run} has given a sign of life in the last minutes: while it lives, a run is refused; when it is dead, what it has left is deleted as below"],
                    .. site.Deployment.AgentNodes.Select((name, index) => $"# {Roles.SpireAgent}-{index + 1} will be on {name}"),
                    $"# {Roles.Workload}-1 will be on {site.Cluster.KubernetesNodes[0]}",
                ]);
    }

    private async Task<(Site? Site, HarnessException? Refusal)> TryExamineAsync(StackSpec stack, CancellationToken cancellationToken)
    {
        try
        {
            return (await ExamineAsync(stack, cancellationToken), null);
        }
        catch (HarnessException refusal)
        {
            return (null, refusal);
        }
    }

    /// <summary>Looks whether a stack may be brought up. Only reads.</summary>
    private async Task<Site> ExamineAsync(StackSpec stack, CancellationToken cancellationToken)
    {
        Guard.RequireAllowedContext();
        await Guard.RequireKnownContextAsync(cancellationToken);
        var review = new AccessReview(_kubectl);
        AccessRight[] rights = [.. AccessRight.ToLook, .. AccessRight.ToDeploy, .. AccessRight.ForFaults(stack.FaultsMust)];
        var (cluster, missing) = await review.WhileAsync(rights, () => LookAsync(stack, cancellationToken), cancellationToken);
        await review.RequireAsync([.. rights, .. missing.Count > 0 ? [AccessRight.ToMakeNamespaces] : Array.Empty<AccessRight>()], cancellationToken);
        return new Site(cluster, missing, Deployment(stack, cluster));
    }

    private async Task<(ClusterFacts Cluster, IReadOnlyList<string> MissingNamespaces)> LookAsync(StackSpec stack, CancellationToken cancellationToken)
    {
        var cluster = await Guard.AskClusterAsync(cancellationToken);
        var agents = stack.Counts.GetValueOrDefault(Roles.SpireAgent);
        if (agents > cluster.KubernetesNodes.Count)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"The stack has {agents} SPIRE agents, one on each Kubernetes node, but only {cluster.KubernetesNodes.Count} take pods: {string.Join(", ", cluster.KubernetesNodes)}.",
                $"Write 'stack: {{ {Roles.SpireAgent}: {cluster.KubernetesNodes.Count} }}' in the scenario.");
        }

        return (cluster, await Guard.InspectNamespacesAsync(cancellationToken));
    }

    private ClusterDeployment Deployment(StackSpec stack, ClusterFacts cluster) => new()
    {
        Overlay = OverlayOf(stack),
        HasEmbeddedSpire = HasEmbeddedSpire,
        Namespace = _options.Namespace,
        Run = ClusterNames.NewRun(_time),
        Images = _options.Images,
        Stack = stack,
        KubernetesNodes = cluster.KubernetesNodes,
        KubernetesNodeIds = cluster.Ids,
        IsThrowAway = _options.IsThrowAway,
    };

    private DirectoryInfo OverlayOf(StackSpec stack) => new(Path.Combine(
        _options.Overlays?.FullName ?? Path.Combine(_options.Manifests.FullName, "overlays"),
        (HasEmbeddedSpire ? "embedded" : "official") + (stack.NodeAttestor == NodeAttestors.K8sPsat ? "-k8s-psat" : string.Empty)));

    private Dictionary<string, string> Facts(Site site, ManifestSet manifests, TimeSpan readyAfter)
    {
        var facts = new Dictionary<string, string>
        {
            ["kubernetes"] = site.Cluster.Version,
            ["kubernetes nodes"] = string.Join(", ", site.Cluster.KubernetesNodes),
            ["context"] = _options.Context,
            ["namespace"] = _options.Namespace,
            [ReadyAfter.Stack] = ReadyAfter.Text(readyAfter),
        };
        foreach (var (name, image) in manifests.Get("ConfigMap", "images")["data"]!.AsObject())
        {
            facts[$"image {name}"] = (string)image!;
        }

        return facts;
    }

    private sealed record Site(ClusterFacts Cluster, IReadOnlyList<string> MissingNamespaces, ClusterDeployment Deployment);
}
