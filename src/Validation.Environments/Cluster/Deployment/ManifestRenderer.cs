using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Cluster.Deployment;

/// <summary>
/// Makes the objects of one run from the kustomization: rendered by kubectl, read by kubectl, and then changed in
/// memory where the scenario or the user wants something else. No file is written.
/// </summary>
internal sealed class ManifestRenderer
{
    private const string HostName = "kubernetes.io/hostname";

    // What a scenario may ask for only as it is in the manifests.
    private static readonly string[] ExactlyOne = [Roles.Pooler, Roles.LoadBalancer];

    private readonly IKubectl _kubectl;

    /// <summary>Creates the renderer.</summary>
    /// <param name="kubectl">The program. The cluster is not asked.</param>
    public ManifestRenderer(IKubectl kubectl) => _kubectl = kubectl;

    /// <summary>Returns the command that renders a kustomization.</summary>
    /// <param name="overlay">Its folder.</param>
    public static KubectlCommand Render(DirectoryInfo overlay) => KubectlCommand.Read("kustomize", overlay.FullName);

    /// <summary>Returns the command that turns manifests into JSON, which kubectl does by itself while it adds a label.</summary>
    /// <param name="yaml">The manifests; they go to its standard input.</param>
    public static KubectlCommand AsJson(string yaml) =>
        new(["label", "--local", "--overwrite", "-f", "-", ClusterNames.OfHarness, "-o", "json"], yaml);

    /// <summary>Makes the objects.</summary>
    /// <param name="deployment">What is wanted.</param>
    /// <param name="cancellationToken">Ends the rendering.</param>
    /// <exception cref="HarnessException">The kustomization cannot be rendered, or cannot give such a stack.</exception>
    public async Task<ManifestSet> RenderAsync(ClusterDeployment deployment, CancellationToken cancellationToken)
    {
        Refuse(deployment);
        var manifests = await RenderBesideAsync(deployment, deployment.Overlay, cancellationToken);
        Size(manifests, deployment);
        return manifests;
    }

    /// <summary>Makes the objects of a kustomization that belongs to a stack, with its namespace, run and images.</summary>
    /// <param name="deployment">The stack.</param>
    /// <param name="folder">The kustomization.</param>
    /// <param name="cancellationToken">Ends the rendering.</param>
    /// <exception cref="HarnessException">The kustomization cannot be rendered.</exception>
    public async Task<ManifestSet> RenderBesideAsync(ClusterDeployment deployment, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        var offline = _kubectl.WithoutCluster();
        var yaml = await offline.RequireAsync(Render(folder), cancellationToken);
        var manifests = await ReadAsync(
            offline,
            yaml.Replace(ClusterNames.DefaultNamespace, deployment.Namespace, StringComparison.Ordinal)
                .Replace($"{ClusterNames.RunLabel}: {ClusterNames.ByHand}", $"{ClusterNames.RunLabel}: {deployment.Run}", StringComparison.Ordinal),
            cancellationToken);
        ReplaceImages(manifests, deployment.Images);
        return manifests;
    }

    private static void Refuse(ClusterDeployment deployment)
    {
        foreach (var role in ExactlyOne.Where(role => deployment.Count(role) != 1))
        {
            throw new HarnessException(
                ExitCode.InvalidInput, $"stack: {role} is {deployment.Count(role)}; in a cluster it is exactly 1.");
        }

        foreach (var role in new[] { Roles.Postgres, Roles.SpireServer, Roles.SpireAgent }.Where(role => deployment.Count(role) == 0))
        {
            throw new HarnessException(ExitCode.InvalidInput, $"stack: {role} is 0; in a cluster at least 1 is needed.");
        }
    }

    private static async Task<ManifestSet> ReadAsync(IKubectl kubectl, string yaml, CancellationToken cancellationToken)
    {
        var command = AsJson(yaml);
        var json = await kubectl.RequireAsync(command, cancellationToken);
        try
        {
            var objects = await JsonObjectReader.ReadAllAsync(json);
            return new ManifestSet([.. objects.Select(one => JsonObject.Create(one)!)]);
        }
        catch (JsonException error)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"{command}: printed no JSON. {error.Message}", innerException: error);
        }
    }

    private static void ReplaceImages(ManifestSet manifests, IReadOnlyDictionary<string, string> wanted)
    {
        var named = manifests.Get("ConfigMap", "images")["data"]!.AsObject();
        foreach (var name in wanted.Keys.Where(name => !named.ContainsKey(name)))
        {
            throw new HarnessException(
                ExitCode.InvalidInput,
                $"images: '{name}' is not known.{NearestWord.Suggestion(name, named.Select(image => image.Key))}",
                $"Allowed is {string.Join(", ", named.Select(image => image.Key))}.");
        }

        var replacements = wanted.ToDictionary(image => (string)named[image.Key]!, image => image.Value);
        foreach (var container in manifests.Objects.SelectMany(Containers))
        {
            if (replacements.GetValueOrDefault((string?)container["image"] ?? string.Empty) is { } other)
            {
                container["image"] = other;
            }
        }

        foreach (var (name, image) in wanted)
        {
            named[name] = image;
        }
    }

    private static IEnumerable<JsonNode> Containers(JsonObject manifest)
    {
        var pod = manifest["spec"]?["template"]?["spec"];
        return new[] { pod?["containers"], pod?["initContainers"] }.OfType<JsonArray>().SelectMany(list => list).OfType<JsonNode>();
    }

    private static void Size(ManifestSet manifests, ClusterDeployment deployment)
    {
        var servers = deployment.Count(Roles.SpireServer);
        var connections = PoolerNode.ConnectionsPerServer(servers);
        var numbers = manifests.Get("ConfigMap", "stack")["data"]!;
        numbers["POSTGRES"] = Text(deployment.Count(Roles.Postgres));
        numbers["SPIRE_SERVERS"] = Text(servers);
        numbers["CONNECTIONS_PER_SERVER"] = Text(connections);
        numbers["POOL_SIZE"] = Text(connections * servers);
        numbers["CA_TTL"] = Seconds(deployment.Stack.CaTtl);
        numbers["X509_SVID_TTL"] = Seconds(deployment.Stack.X509SvidTtl);
        numbers["AGENT_TTL"] = Seconds(deployment.Stack.AgentTtl);
        Insert(manifests, Roles.SpireServer, "server", ExperimentalSection.OfServer(deployment.Stack));
        Insert(manifests, Roles.SpireAgent, "agent", ExperimentalSection.OfAgent(deployment.Stack));
        manifests.Get("StatefulSet", Roles.Postgres)["spec"]!["replicas"] = deployment.Count(Roles.Postgres);
        manifests.Get("StatefulSet", Roles.SpireServer)["spec"]!["replicas"] = servers;
        foreach (var role in new[] { Roles.Postgres, Roles.SpireServer }.Where(role => deployment.Count(role) > deployment.KubernetesNodes.Count))
        {
            // With fewer Kubernetes nodes than pods some have to share one, else they would wait for ever.
            manifests.Get("StatefulSet", role)["spec"]!["template"]!["spec"]!.AsObject().Remove("affinity");
        }

        // A DaemonSet has no number of replicas: it goes where its pods may.
        manifests.Get("DaemonSet", Roles.SpireAgent)["spec"]!["template"]!["spec"]!["affinity"] = On(deployment.AgentNodes);
        manifests.Get("DaemonSet", Roles.Workload)["spec"]!["template"]!["spec"]!["affinity"] = On(deployment.KubernetesNodes);
    }

    private static void Insert(ManifestSet manifests, string role, string section, string settings)
    {
        var files = manifests.Get("ConfigMap", role)["data"]!;
        var begin = $"{section} {{\n";
        files[$"{section}.conf"] = ((string)files[$"{section}.conf"]!).Replace(begin, begin + settings, StringComparison.Ordinal);
    }

    /// <summary>Returns the affinity of pods that may run on some Kubernetes nodes only.</summary>
    /// <param name="kubernetesNodes">Their names.</param>
    internal static JsonObject On(IEnumerable<string> kubernetesNodes) => new()
    {
        ["nodeAffinity"] = new JsonObject
        {
            ["requiredDuringSchedulingIgnoredDuringExecution"] = new JsonObject
            {
                ["nodeSelectorTerms"] = new JsonArray(new JsonObject
                {
                    ["matchExpressions"] = new JsonArray(new JsonObject
                    {
                        ["key"] = HostName,
                        ["operator"] = "In",
                        ["values"] = new JsonArray([.. kubernetesNodes.Select(name => JsonValue.Create(name))]),
                    }),
                }),
            },
        },
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalSeconds}s");
}
