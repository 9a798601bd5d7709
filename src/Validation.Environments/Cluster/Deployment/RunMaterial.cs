using System.Text.Json.Nodes;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Cluster.Deployment;

/// <summary>
/// The passwords, keys and certificates of one run. They exist in memory and in the cluster's Secrets, and reach these
/// by a standard input alone.
/// </summary>
internal sealed class RunMaterial : IDisposable
{
    private readonly Dictionary<string, NodeIdentity> _identities;

    /// <summary>Makes everything anew.</summary>
    /// <param name="deployment">The run.</param>
    /// <param name="mask">Told of every secret.</param>
    /// <param name="time">The clock.</param>
    public RunMaterial(ClusterDeployment deployment, SecretMask mask, TimeProvider time)
    {
        Authority = new NodeAuthority(time);
        _identities = deployment.KubernetesNodes.ToDictionary(name => name, Authority.Issue);
        foreach (var secret in new[] { Secrets.Superuser, Secrets.Replication, Secrets.Rewind, Secrets.Spire, Secrets.Harness }
            .Concat(_identities.Values.Select(identity => identity.KeyPem)))
        {
            mask.Add(secret);
        }
    }

    /// <summary>Gets the passwords of the database.</summary>
    public StackSecrets Secrets { get; } = StackSecrets.Make();

    /// <summary>Gets the authority that vouches for nodes.</summary>
    public NodeAuthority Authority { get; }

    /// <summary>Returns by what the agent of a Kubernetes node proves where it is.</summary>
    /// <param name="kubernetesNode">The Kubernetes node's name.</param>
    public NodeIdentity IdentityOf(string kubernetesNode) => _identities[kubernetesNode];

    /// <summary>Returns the objects that the manifests refer to.</summary>
    /// <param name="deployment">The run.</param>
    public ManifestSet Objects(ClusterDeployment deployment) => new(
    [
        Object(deployment, "Secret", "database", "stringData", new Dictionary<string, string>
        {
            ["superuser"] = Secrets.Superuser,
            ["replication"] = Secrets.Replication,
            ["rewind"] = Secrets.Rewind,
            ["spire"] = Secrets.Spire,
            ["harness"] = Secrets.Harness,
        }),
        Object(deployment, "ConfigMap", "node-authority", "data", new Dictionary<string, string>
        {
            ["node-authority.pem"] = Authority.Certificate.ExportCertificatePem() + "\n",
        }),
        Object(deployment, "Secret", "node-identities", "stringData", _identities
            .SelectMany(identity => new[]
            {
                (Key: $"{identity.Key}.pem", Value: identity.Value.CertificatePem),
                (Key: $"{identity.Key}.key", Value: identity.Value.KeyPem),
            })
            .ToDictionary(file => file.Key, file => file.Value)),
    ]);

    /// <summary>Returns the object with the authorities by which agents know the servers.</summary>
    /// <param name="deployment">The run.</param>
    /// <param name="bundle">The authorities as PEM.</param>
    public static ManifestSet Bundle(ClusterDeployment deployment, string bundle) => new(
        [Object(deployment, "ConfigMap", "spire-bundle", "data", new Dictionary<string, string> { ["bundle.pem"] = bundle })]);

    /// <inheritdoc/>
    public void Dispose() => Authority.Dispose();

    private static JsonObject Object(
        ClusterDeployment deployment, string kind, string name, string field, IReadOnlyDictionary<string, string> data) => new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = deployment.Namespace,
                ["labels"] = new JsonObject
                {
                    [ClusterNames.PartOfLabel] = ClusterNames.PartOf,
                    [ClusterNames.RunLabel] = deployment.Run,
                },
            },
            [field] = new JsonObject(data.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)JsonValue.Create(entry.Value)))),
        };
}
