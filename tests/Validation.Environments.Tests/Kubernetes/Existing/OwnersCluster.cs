using Validation.Environments.Kubernetes;
using Validation.Environments.Kubernetes.Existing;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Kubernetes.Existing;

/// <summary>A cluster with a stack of somebody else's: what kubectl says of it, and an environment file about it.</summary>
internal sealed class OwnersCluster : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("validation-existing-");

    public OwnersCluster()
    {
        var kubeconfig = Write("kubeconfig", string.Empty);
        Options = new KubernetesOptions
        {
            Kubeconfig = kubeconfig,
            Context = "staging",
            AllowedContexts = ["staging"],
            Manifests = _folder,
            Existing = new ExistingStackOptions
            {
                File = "mine.yaml",
                TrustDomain = "example.org",
                TrustBundle = Path.Combine(_folder.FullName, "bundle.pem"),
                Roles = new Dictionary<string, ExistingRole>
                {
                    ["spire-server"] = new("spire", "app=server", null, 8081),
                    ["spire-agent"] = new("agents", "app=agent", null, 8081),
                },
            },
        };
        Kubectl = new RecordingKubectl(kubeconfig, string.Empty)
            .Answer("config get-contexts", "staging\n")
            .Answer("version", """{ "serverVersion": { "major": "1", "minor": "25", "gitVersion": "v1.25.3" } }""")
            .Answer("auth can-i", string.Empty)
            .Answer("get nodes --selector", string.Empty)
            .Answer("get statefulsets --selector", string.Empty)
            .Answer("get namespace spire", Namespace("spire", "faults"))
            .Answer("get namespace agents", Namespace("agents", "load"))
            .Answer("get pods --selector=app=server", OwnersPod.List(
                new OwnersPod("server-10") { Uid = "c" }, new OwnersPod("server-0") { Uid = "a" }, new OwnersPod("server-9") { Uid = "b", IsTerminating = true }))
            .Answer("get pods --selector=app=agent", OwnersPod.List(
                new OwnersPod("agent-a") { Uid = "d", Node = "node-b", Containers = ["agent"] }, new OwnersPod("agent-b") { Uid = "e", Node = "node-a", Containers = ["agent"] }));
    }

    public KubernetesOptions Options { get; set; }

    public ExistingStackOptions Existing
    {
        get => Options.Existing!;
        set => Options = Options with { Existing = value };
    }

    public RecordingKubectl Kubectl { get; }

    public static string Namespace(string name, string? permission) =>
        $$"""{ "metadata": { "name": "{{name}}", "labels": { {{(permission is null ? string.Empty : $"\"validation/existing-stack\": \"{permission}\"")}} } } }""";

    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public Task<FoundStack> FindAsync() => new StackFinder(Kubectl, Options.AllowedContexts, Existing).FindAsync(CancellationToken.None);

    public void Dispose() => _folder.Delete(recursive: true);
}
