using Validation.Environments.Local.Programs;

namespace Validation.Environments.Cluster.Tools;

/// <summary>The real kubectl, as a process.</summary>
internal sealed class Kubectl : IKubectl
{
    private const string Program = "kubectl";

    private readonly SecretMask _mask;
    private readonly TimeProvider _time;

    /// <summary>Creates it.</summary>
    /// <param name="target">The cluster and the namespace.</param>
    /// <param name="mask">The secrets that its errors must not show.</param>
    /// <param name="time">The clock.</param>
    public Kubectl(KubectlTarget target, SecretMask mask, TimeProvider time) => (Target, _mask, _time) = (target, mask, time);

    /// <inheritdoc/>
    public KubectlTarget Target { get; }

    /// <inheritdoc/>
    public IKubectl InNamespace(string name) => new Kubectl(Target with { Namespace = name }, _mask, _time);

    /// <inheritdoc/>
    public IKubectl WithoutCluster() => new Kubectl(KubectlTarget.Nowhere, _mask, _time);

    /// <inheritdoc/>
    public Task<ToolAnswer> RunAsync(KubectlCommand command, CancellationToken cancellationToken) =>
        ToolProcess.RunAsync(Words(command), command.Input, command.Limit, _mask, _time, cancellationToken);

    /// <inheritdoc/>
    public IToolSession Open(KubectlCommand command) =>
        ToolProcess.Open(Words(command), readsInput: command.Arguments.Any(IsInput), _mask, _time);

    private static bool IsInput(string argument) => argument is "-i" or "--stdin" or "-";

    private IReadOnlyList<string> Words(KubectlCommand command) =>
    [
        ProgramFinder.Find(Program) ?? throw new HarnessException(
            ExitCode.EnvironmentFailed,
            $"There is no '{Program}' in {string.Join(", ", ProgramFinder.Directories)}.",
            "Install it: apt-get install kubernetes-client, or the release that fits the cluster."),
        .. Target.Arguments(),
        .. command.Arguments,
    ];
}
