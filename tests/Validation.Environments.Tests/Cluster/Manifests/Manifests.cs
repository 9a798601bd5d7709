using System.Collections.Concurrent;
using System.Text.Json;
using Validation.Environments.Local.Programs;
using Validation.TestKit;

namespace Validation.Environments.Tests.Cluster.Manifests;

/// <summary>The kustomizations of this repository, rendered by the kubectl of this machine.</summary>
internal static class Manifests
{
    public const string Embedded = "kubernetes/overlays/embedded";
    public const string Official = "kubernetes/overlays/official";
    public const string OfficialWithPsat = "kubernetes/overlays/official-k8s-psat";
    public const string EmbeddedWithPsat = "kubernetes/overlays/embedded-k8s-psat";
    public const string Small = "kubernetes/overlays/small";
    public const string Helpers = "kubernetes/overlays/helpers";
    public const string Admin = "kubernetes/admin";
    public const string Workers = "kubernetes/workers";
    public const string SampleWorkload = "kubernetes/sample-workload";

    /// <summary>All that the harness, or whoever does without it, may apply.</summary>
    public static readonly string[] All = [Embedded, Official, EmbeddedWithPsat, OfficialWithPsat, Small, Helpers, Admin, Workers, SampleWorkload, "k3s/embedded", "k3s/official"];

    /// <summary>All that an administrator may apply, once, beside that; and what has such rights in it because its cluster is thrown away.</summary>
    public static readonly string[] WithWiderRights =
    [
        "kubernetes/admin/k8s-psat", "kubernetes/admin/node-faults.yaml", "kubernetes/admin/existing-stack.yaml", "kubernetes/admin/existing-stack-faults.yaml",
        "k3s/embedded-k8s-psat", "k3s/official-k8s-psat",
    ];

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly ConcurrentDictionary<string, Task<string>> Yaml = new();

    /// <summary>Returns the folder with everything for clusters.</summary>
    public static string Folder(string name) => Path.Combine(Repository.Root.FullName, "environments", name);

    /// <summary>Returns what kubectl makes of a kustomization, or a file as it is, as YAML. Skips the test where there is no kubectl.</summary>
    public static Task<string> RenderAsync(string kustomization)
    {
        Skip.If(ProgramFinder.Find("kubectl") is null, "not installed: kubectl");
        return Yaml.GetOrAdd(kustomization, static name => File.Exists(Folder(name)) ? File.ReadAllTextAsync(Folder(name)) : KubectlAsync(["kustomize", Folder(name)], null));
    }

    /// <summary>Returns the rendered objects.</summary>
    public static async Task<IReadOnlyList<JsonElement>> ObjectsAsync(string kustomization)
    {
        // Without a cluster kubectl converts only what it also changes.
        var json = await KubectlAsync(
            ["label", "--local", "--overwrite", "-f", "-", "app.kubernetes.io/part-of=validation", "-o", "json"], await RenderAsync(kustomization));
        return [.. Documents(json)];
    }

    /// <summary>Runs kubectl, which must succeed.</summary>
    public static async Task<string> KubectlAsync(IReadOnlyList<string> arguments, string? input)
    {
        var answer = await Tool.TryRunAsync(["kubectl", .. arguments], input, Limit, CancellationToken.None);
        answer.ExitCode.Should().Be(0, "kubectl {0} said: {1}", string.Join(' ', arguments), answer.Errors);
        return answer.Output;
    }

    private static List<JsonElement> Documents(string json)
    {
        var reader = new Utf8JsonReader(
            System.Text.Encoding.UTF8.GetBytes(json), new JsonReaderOptions { AllowMultipleValues = true });
        var documents = new List<JsonElement>();
        while (reader.Read())
        {
            documents.Add(JsonElement.ParseValue(ref reader));
        }

        return documents;
    }
}
