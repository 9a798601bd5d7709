using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Tests.Cluster.Kit;

/// <summary>Stands for a kubectl whose sessions a test makes.</summary>
internal sealed class OpeningKubectl(Func<KubectlCommand, IToolSession> open) : IKubectl
{
    public KubectlTarget Target { get; } = new("/kube/config", "staging", "spire-validation");

    /// <summary>Gets the commands whose sessions were opened.</summary>
    public List<string> Opened { get; } = [];

    public IKubectl InNamespace(string name) => this;

    public Task<ToolAnswer> RunAsync(KubectlCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IToolSession Open(KubectlCommand command)
    {
        Opened.Add(string.Join(' ', command.Arguments));
        return open(command);
    }
}
