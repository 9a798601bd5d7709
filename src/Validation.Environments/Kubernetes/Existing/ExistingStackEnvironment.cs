using System.Globalization;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
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
        [.. Found.Nodes.Select(node => new NodeShape(node.Name, node.Role, new HashSet<Type>()))], new HashSet<Type> { typeof(ISpireStack) });

    /// <inheritdoc/>
    public IReadOnlyList<Refusal> Refusals(Scenario scenario) => [.. new ExistingRefusals(_existing, Found).Of(scenario)];

    /// <inheritdoc/>
    public Task<ClusterPlan> ExplainAsync(Scenario scenario, Plan plan, CancellationToken cancellationToken) =>
        Task.FromResult(new ClusterPlan(new ExistingPlanner(_kubectl.Target, _existing, Found).Sections(scenario, plan), null));

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

        await RequireReadyAsync(found, cancellationToken);
        foreach (var difference in ExistingPlanner.Differences(stack, found))
        {
            progress.Report(difference);
        }

        var up = new ExistingStack(_kubectl, found, StackCredentials.Read(_existing, _time), _time) { Facts = Facts(stack, found) };
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
    /// <remarks>Nothing is deployed, so nothing can be left in the cluster.</remarks>
    public Task<IReadOnlyList<string>> RecoverAsync(IProgress<string> progress, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

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
