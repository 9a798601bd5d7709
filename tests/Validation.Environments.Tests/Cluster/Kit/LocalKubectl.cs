using Validation.Environments.Cluster.Tools;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Tests.Cluster.Kit;

/// <summary>The real kubectl, for a stand-in of an API server.</summary>
internal sealed class LocalKubectl(string url, DirectoryInfo cache, string @namespace) : IKubectl
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public KubectlTarget Target { get; } = new("/dev/null", string.Empty, @namespace);

    public IKubectl InNamespace(string name) => new LocalKubectl(url, cache, name);

    public async Task<ToolAnswer> RunAsync(KubectlCommand command, CancellationToken cancellationToken)
    {
        var result = await Tool.TryRunAsync(
            ["kubectl", $"--server={url}", $"--cache-dir={cache.FullName}", .. Target.Arguments(), .. command.Arguments],
            command.Input ?? string.Empty,
            Limit,
            cancellationToken);
        return new ToolAnswer(result.ExitCode, result.Output, result.Errors);
    }

    public IToolSession Open(KubectlCommand command) => throw new NotSupportedException();
}
