using System.Text.Json.Nodes;

namespace Validation.Environments.Cluster.NetworkPolicies;

/// <summary>The NetworkPolicy that cuts a pod off from others.</summary>
/// <remarks>
/// A policy can only allow, and what any policy allows is allowed. So the pod is taken out of the stack's own policies,
/// which leave pods with the label <c>validation/cut</c> alone, and this one allows it everything but what is cut.
/// Addresses of pods as <c>ipBlock</c> are something that most network plugins take and that Kubernetes does not promise;
/// where one does not, the proof of the cut fails.
/// </remarks>
internal static class CutPolicy
{
    /// <summary>Returns its name.</summary>
    /// <param name="pod">The pod that receives.</param>
    public static string NameFor(string pod) => $"validation-cut-{pod}";

    /// <summary>Makes it.</summary>
    /// <param name="pod">The pod that receives.</param>
    /// <param name="cutOff">The addresses that it must not hear from.</param>
    /// <param name="namespace">The pod's namespace.</param>
    /// <param name="run">The run that it belongs to.</param>
    public static JsonObject Make(string pod, IEnumerable<string> cutOff, string @namespace, string run) => new()
    {
        ["apiVersion"] = "networking.k8s.io/v1",
        ["kind"] = "NetworkPolicy",
        ["metadata"] = new JsonObject
        {
            ["name"] = NameFor(pod),
            ["namespace"] = @namespace,
            ["labels"] = new JsonObject { [ClusterNames.PartOfLabel] = ClusterNames.PartOf, [ClusterNames.RunLabel] = run },
        },
        ["spec"] = new JsonObject
        {
            ["podSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { [ClusterNames.CutLabel] = pod } },
            ["policyTypes"] = new JsonArray("Ingress"),
            ["ingress"] = new JsonArray(new JsonObject
            {
                ["from"] = new JsonArray(new JsonObject
                {
                    ["ipBlock"] = new JsonObject
                    {
                        ["cidr"] = "0.0.0.0/0",
                        ["except"] = new JsonArray([.. cutOff.Order(StringComparer.Ordinal).Select(address => JsonValue.Create($"{address}/32"))]),
                    },
                }),
            }),
        },
    };
}
