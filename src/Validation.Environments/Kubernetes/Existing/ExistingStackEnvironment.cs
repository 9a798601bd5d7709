using System.Globalization;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Cleaning;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Guard;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>The environment <c>kubernetes</c> with a stack that is there already: found by selectors, and nothing deployed.</summary>
public sealed class ExistingStackEnvironment : IClusterEnvironment
{
    private readonly KubernetesOptions _options;
    private readonly ExistingStackOptions _existing;
    private readonly TimeProvider _time;
    private readonly IKubectl _kubectl;
    private FoundStack? _found;

    /// <summary>Creates the environment; nothing is asked of the cluster yet.</summary>
    /// <param name="options">How the cluster is used, and by what the stack is found.</param>
    /// <param name="time">The clock.</param>
    public ExistingStackEnvironment(KubernetesOptions options, TimeProvider time)
        : this(options, new Kubectl(new KubectlTarget(options.Kubeconfig, options.Context, string.Empty), new SecretMask(), time), time)
    {
    }

    /// <summary>Creates the environment with another kubectl.</summary>
    /// <param name="options">How the cluster is used, and by what the stack is found.</param>
    /// <param name="kubectl">The program, for no namespace.</param>
    /// <param name="time">The clock.</param>
    internal ExistingStackEnvironment(KubernetesOptions options, IKubectl kubectl, TimeProvider time)
    {
        (_options, _kubectl, _time) = (options, kubectl, time);
        _existing = options.Existing ?? throw new ArgumentException("There is no existing stack in these options.", nameof(options));
    }

    /// <inheritdoc/>
    public string Name => "kubernetes";

    /// <inheritdoc/>
    public string Summary => "A stack that is there already, in any cluster that a kubeconfig leads to: load, and the faults that its owner permits.";

    private FoundStack Found => _found ?? throw new InvalidOperationException("Nobody has looked for the stack yet.");

    /// <inheritdoc/>
    public async Task FindAsync(CancellationToken cancellationToken)
    {
        // Mistakes in the owner's files come first: no cluster has to be asked for them.
        StackCredentials.Read(_existing, _time).Dispose();
        _found = await LookAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public StackShape Describe(StackSpec stack) => new(
        [.. from role in Found.Roles from name in role.Nodes select new NodeShape(name, role.Role, role.Can)], Found.Can);

    /// <inheritdoc/>
    public IReadOnlyList<Refusal> Refusals(Scenario scenario) => [.. new ExistingRefusals(_existing, Found).Of(scenario)];

    /// <inheritdoc/>
    public async Task<ClusterPlan> ExplainAsync(Scenario scenario, Plan plan, CancellationToken cancellationToken)
    {
        var hands = NeedsHands(scenario.StackForFaults) ? new ClusterPlanner(Own.Target, StackSpec.Default, byPolicy: false) : null;
        var sections = new ExistingPlanner(_kubectl.Target, _existing, Found, hands, Overlay).Sections(scenario, plan);
        try
        {
            await RequireRightsAsync(scenario.StackForFaults, Found, cancellationToken);
            if (hands is not null)
            {
                await ExistingHands.RequireOwnNamespacesAsync(Own, _options.AllowedContexts, cancellationToken);
            }

            return new ClusterPlan(sections, null);
        }
        catch (HarnessException refusal)
        {
            return new ClusterPlan(sections, refusal);
        }
    }

    /// <inheritdoc/>
    public async Task<IStack> UpAsync(StackSpec stack, DirectoryInfo logs, IProgress<string> progress, CancellationToken cancellationToken)
    {
        progress.Report($"looking for the stack in context {_options.Context}");
        var planned = Found.Nodes;
        var found = await LookAsync(cancellationToken);
        if (!found.Nodes.SequenceEqual(planned))
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"The stack has changed since the plan was made: {planned.Count} nodes then, {found.Nodes.Count} now.", "Run it again when it has come to rest.");
        }

        await RequireRightsAsync(stack, found, cancellationToken);
        await RequireReadyAsync(found, cancellationToken);
        var run = ClusterNames.NewRun(_time);
        foreach (var difference in ExistingPlanner.Differences(stack, found))
        {
            progress.Report(difference);
        }

        var credentials = StackCredentials.Read(_existing, _time);
        ExistingHands? hands;
        try
        {
            hands = NeedsHands(stack) ? await StartHandsAsync(found, run, progress, cancellationToken) : null;
        }
        catch
        {
            credentials.Dispose();
            throw;
        }

        var up = new ExistingStack(_kubectl, found, credentials, run, hands, _time) { Facts = Facts(stack, found) };
        try
        {
            await up.MeetAsync(cancellationToken);
            return up;
        }
        catch
        {
            await up.LeaveAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> UpAndLeaveAsync(
        StackSpec stack, DirectoryInfo logs, IProgress<string> progress, CancellationToken cancellationToken) => throw new HarnessException(
            ExitCode.InvalidInput, $"{_existing.File} is about a stack that is there already: there is nothing to bring up.", "Use 'run'.");

    /// <inheritdoc/>
    /// <remarks>Nothing is deployed; what can be left are cordons and lowered numbers of replicas, which are marked.</remarks>
    public async Task<IReadOnlyList<string>> RecoverAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        var guard = new GuardRails(_kubectl, _options.AllowedContexts);
        guard.RequireAllowedContext();
        await guard.RequireKnownContextAsync(cancellationToken);
        var undone = await new ExistingRecovery(_kubectl, _existing.Roles).UndoAsync(progress, cancellationToken);
        if (!_existing.Helpers)
        {
            return undone;
        }

        return [.. undone, .. await new ClusterRecovery(Own, _time).RunAsync(progress, cancellationToken)];
    }

    // The harness' own namespace, where nothing of the owner's is.
    private IKubectl Own => _kubectl.InNamespace(_options.Namespace);

    private DirectoryInfo Overlay => new(Path.Combine(_options.Manifests.FullName, "overlays", "helpers"));

    // Privileged pods only where a fault needs them.
    private bool NeedsHands(StackSpec stack) =>
        _existing.Helpers && stack.FaultsMust.Overlaps(NodeHelpers.ToStacks);

    private async Task<ExistingHands> StartHandsAsync(FoundStack found, string run, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var missing = await ExistingHands.RequireOwnNamespacesAsync(Own, _options.AllowedContexts, cancellationToken);
        var deployment = new ClusterDeployment
        {
            Overlay = Overlay,
            Namespace = _options.Namespace,
            Run = run,
            Images = _options.Images,
            Stack = StackSpec.Default,
            KubernetesNodes = [.. found.Roles.SelectMany(role => role.Pods).Select(pod => pod.KubernetesNode).OfType<string>().Distinct()],
        };
        return await ExistingHands.StartAsync(Own, deployment, missing, _time, progress, cancellationToken);
    }

    // In the owner's namespaces, and in those of the helpers where there are to be some.
    private Task RequireRightsAsync(StackSpec stack, FoundStack found, CancellationToken cancellationToken)
    {
        var toFaults = from role in found.Roles
                       where role.Owner is not null
                       group role.Owner by role.Where.Namespace into place
                       select (place.Key, AccessRight.ForFaults(stack.FaultsMust, place));
        return AccessReview.RequireAsync(_kubectl, NeedsHands(stack) ? toFaults.Append((_options.Namespace, AccessRight.ToDeploy)) : toFaults, cancellationToken);
    }

    private Task<FoundStack> LookAsync(CancellationToken cancellationToken) =>
        new StackFinder(_kubectl, _options.AllowedContexts, _existing).FindAsync(cancellationToken);

    private async Task RequireReadyAsync(FoundStack found, CancellationToken cancellationToken)
    {
        foreach (var role in found.Roles)
        {
            if (role.Pods.Zip(role.Nodes).FirstOrDefault(one => !one.First.IsReady) is { First: { } pod } late)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed,
                    $"{late.Second} is not ready, so nothing that a run finds out could be told from that.\n"
                    + await new PodTrouble(_kubectl.InNamespace(role.Where.Namespace)).DescribeAsync(pod, cancellationToken));
            }
        }
    }

    private Dictionary<string, string> Facts(StackSpec stack, FoundStack found)
    {
        var facts = new Dictionary<string, string>
        {
            ["kubernetes"] = found.Kubernetes,
            ["context"] = _options.Context,
            ["stack"] = "was there already; nothing was deployed",
            ["way of the load"] = "kubectl port-forward to each server's pod, so latencies have the API server and a kubelet in them",
        };
        foreach (var role in found.Roles)
        {
            facts[$"{role.Role} found"] = string.Create(CultureInfo.InvariantCulture, $"{role.Pods.Count} by {role.Where.Selector} in {role.Where.Namespace}");
            facts[$"image {role.Role}"] = string.Join(", ", role.Images);
        }

        if (string.Join("; ", ExistingPlanner.Differences(stack, found)) is { Length: > 0 } differences)
        {
            facts["nodes"] = differences;
        }

        return facts;
    }
}
