using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local.Nodes;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local;

/// <summary>The whole stack as real processes in network namespaces of this machine.</summary>
public sealed class LocalEnvironment : IEnvironment
{
    private static readonly HashSet<Type> ProcessCan =
        [typeof(IKillable), typeof(IStoppable), typeof(IErasable), typeof(IPausable), typeof(IProcessorControl), typeof(ILimitable), typeof(IStorageControl)];

    private readonly LocalOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Creates the environment.</summary>
    /// <param name="options">How it is used.</param>
    /// <param name="time">The clock.</param>
    public LocalEnvironment(LocalOptions options, TimeProvider time) => (_options, _time) = (options, time);

    /// <summary>Gets the mistakes that its stack can make around SPIRE.</summary>
    public static IReadOnlyList<DefectKind> Defects { get; } = [LoadBalancerNode.KeepsLaggingReplicas];

    /// <inheritdoc/>
    public string Name => "local";

    /// <inheritdoc/>
    public string Summary =>
        "Real processes in network namespaces of one Linux machine, as root or as an ordinary user. "
        + "One kernel and one clock: machines that fail and disks that fail it does not have.";

    /// <inheritdoc/>
    public bool HasEmbeddedSpire => SpirePrograms.IsEmbedded(_options.SpireDirectory);

    /// <inheritdoc/>
    public string? MeansOf(Type capability) => LocalMeans.Of(capability);

    /// <inheritdoc/>
    public IReadOnlyList<Refusal> Refusals(Scenario scenario) => scenario.Stack.NodeAttestor == NodeAttestors.K8sPsat
        ? [new Refusal(scenario.Stack.Stated["spire"], "agents that attest by 'k8s_psat' need the API server of a cluster; only 'k3s' and 'kubernetes' have one.")]
        : [];

    /// <inheritdoc/>
    /// <exception cref="HarnessException">The environment cannot have such a stack.</exception>
    public StackShape Describe(StackSpec stack)
    {
        var layout = new StackLayout(stack, new DirectoryInfo(SandboxPaths.Root), StackSecrets.Make());
        var can = new HashSet<Type> { typeof(INetworkControl), typeof(ILinkImpairment), typeof(IConnectionControl) };
        if (layout.OfRole(Roles.Postgres).Count > 0)
        {
            can.Add(typeof(IDatabaseCluster));
            can.Add(typeof(IDatabaseControl));
        }

        if (layout.OfRole(Roles.Dns).Count > 0)
        {
            can.Add(typeof(INameControl));
        }

        if (layout.OfRole(Roles.LoadBalancer).Count > 0)
        {
            can.Add(typeof(IBalancerControl));
        }

        if (layout.OfRole(Roles.SpireServer).Count > 0)
        {
            can.Add(typeof(ISpireStack));
            can.Add(typeof(ISpireControl));
            can.Add(typeof(ISourceAddresses));
            can.Add(typeof(IWorkerStack));
            can.Add(typeof(IAgentConnections));
        }

        return new StackShape(
            [.. layout.Nodes.Select(node => new NodeShape(node.Name, node.Role, CapabilitiesOf(node.Role)))], can);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">This process is not inside a sandbox; see <see cref="SandboxHost"/>.</exception>
    public async Task<IStack> UpAsync(
        StackSpec stack, DirectoryInfo logs, IProgress<string> progress, CancellationToken cancellationToken)
    {
        if (!SandboxInterior.IsHere)
        {
            throw new InvalidOperationException($"A local stack comes up inside a sandbox; see {nameof(SandboxHost)}.");
        }

        if (SandboxInterior.EndsWithTheSandbox(logs.FullName) && !logs.FullName.StartsWith(SandboxPaths.Root, StringComparison.Ordinal))
        {
            throw new HarnessException(
                ExitCode.InvalidInput,
                $"{logs.FullName}: inside the sandbox this is another place, which ends with it.",
                "Choose a directory outside of /run and /dev/shm.");
        }

        var root = Directory.CreateDirectory(Path.Combine(SandboxPaths.Root, "stack"));
        var layout = new StackLayout(stack, root, StackSecrets.Make());
        var programs = layout.OfRole(Roles.SpireServer).Count > 0
            ? await FindProgramsAsync(cancellationToken)
            : null;
        var start = new StackStart(layout, programs, logs, new SocketBundleSource(), _time, progress);
        return await start.RunAsync(cancellationToken);
    }

    private async Task<SpirePrograms> FindProgramsAsync(CancellationToken cancellationToken)
    {
        var programs = await SpirePrograms.FindAsync(_options.SpireDirectory, cancellationToken);
        return _options.NextSpireDirectory is { } next ? programs with { Next = await SpirePrograms.FindAsync(next, cancellationToken) } : programs;
    }

    private HashSet<Type> CapabilitiesOf(string role) => role switch
    {
        Roles.Workload => [],
        Roles.SpireServer or Roles.SpireAgent when HasEmbeddedSpire =>
            [.. ProcessCan, typeof(IClockControl), typeof(IReleaseControl)],
        Roles.SpireServer or Roles.SpireAgent when _options.NextSpireDirectory is not null =>
            [.. ProcessCan, typeof(IReleaseControl)],
        _ => ProcessCan,
    };
}
