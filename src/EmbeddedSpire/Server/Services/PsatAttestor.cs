using System.Text.Json;
using EmbeddedSpire.Server.Kubernetes;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Server.Services;

/// <summary>
/// The server's side of <c>k8s_psat</c>: asks the cluster's API server whose the token is, and then for the pod and its
/// Kubernetes node. Codes and texts are those of SPIRE 1.15.
/// </summary>
internal sealed class PsatAttestor
{
    private const string PodName = "authentication.kubernetes.io/pod-name";
    private const string PodUid = "authentication.kubernetes.io/pod-uid";

    private readonly TrustDomain _trustDomain;
    private readonly IReadOnlyDictionary<string, PsatCluster> _clusters;

    /// <summary>Creates the attestor.</summary>
    /// <param name="trustDomain">Where agents are.</param>
    /// <param name="clusters">The clusters that agents may come from, by name.</param>
    public PsatAttestor(TrustDomain trustDomain, IReadOnlyDictionary<string, PsatCluster> clusters) => (_trustDomain, _clusters) = (trustDomain, clusters);

    /// <summary>Finds out who an agent is.</summary>
    /// <param name="payload">What it shows.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="GrpcException">It is not believed, or the API server cannot be asked.</exception>
    public async Task<Attested> AttestAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var (name, token) = Read(payload.Span);
        var cluster = _clusters.GetValueOrDefault(name) ?? throw Refused(StatusCode.InvalidArgument, $"not configured for cluster \"{name}\"");
        var reviewing = $"unable to validate token with TokenReview API for cluster \"{name}\"";
        using var api = await StepAsync(() => Task.FromResult(ApiServer.Open(cluster.KubeConfigFile)), reviewing);
        var review = await StepAsync(() => api.ReviewAsync(token, cluster.Audience, cancellationToken), reviewing);
        var agent = PodOf(review, name, cluster);
        var pod = await StepAsync(() => api.GetPodAsync(agent.Namespace, agent.Name, cancellationToken), $"fail to get pod from k8s API server for cluster \"{name}\"");
        var node = await StepAsync(() => api.GetNodeAsync(pod.Spec.NodeName, cancellationToken), $"fail to get node from k8s API server for cluster \"{name}\"");
        var nodeUid = node.Metadata.Uid.Length > 0 ? node.Metadata.Uid : throw Refused(StatusCode.Internal, $"node UID is empty for cluster \"{name}\"");
        string[] selectors =
        [
            $"cluster:{name}",
            $"agent_ns:{agent.Namespace}",
            $"agent_sa:{agent.ServiceAccount}",
            $"agent_pod_name:{agent.Name}",
            $"agent_pod_uid:{agent.Uid}",
            $"agent_node_ip:{pod.Status.HostIP}",
            $"agent_node_name:{pod.Spec.NodeName}",
            $"agent_node_uid:{nodeUid}",
            .. Labels("agent_node_label", node, cluster.NodeLabelKeys),
            .. Labels("agent_pod_label", pod, cluster.PodLabelKeys),
        ];
        return new Attested(
            AgentId(name, cluster.UsesPodUid ? $"pod/{agent.Uid}" : nodeUid),
            [.. selectors.Select(value => new Selector { Type = PsatAttestation.Type, Value = value })],
            CanReattest: true);
    }

    private static (string Cluster, string Token) Read(ReadOnlySpan<byte> payload)
    {
        try
        {
            return PsatAttestation.Read(payload) switch
            {
                { Cluster: { Length: > 0 } cluster, Token: { Length: > 0 } token } => (cluster, token),
                { Cluster: { Length: > 0 } } => throw Refused(StatusCode.InvalidArgument, "missing token in attestation data"),
                _ => throw Refused(StatusCode.InvalidArgument, "missing cluster in attestation data"),
            };
        }
        catch (JsonException error)
        {
            throw Refused(StatusCode.InvalidArgument, $"failed to unmarshal data payload: {error.Message}");
        }
    }

    /// <summary>Returns the pod that a token belongs to, if one of its service account may be an agent.</summary>
    private static AgentPod PodOf(TokenReviewStatus review, string name, PsatCluster cluster)
    {
        if (!review.Authenticated)
        {
            throw Refused(StatusCode.PermissionDenied, $"token not authenticated according to TokenReview API for cluster \"{name}\"");
        }

        var username = review.User?.Username ?? string.Empty;
        var names = username.Split(':');
        var problem = names switch
        {
            [""] => "empty username",
            not { Length: 4 } => $"unexpected username format: {username}",
            [_, _, "", _] => "missing namespace",
            [_, _, _, ""] => "missing service account name",
            _ => null,
        };
        if (problem is not null)
        {
            throw Refused(StatusCode.Internal, $"fail to parse username from token review status for cluster \"{name}\": {problem}");
        }

        var account = $"{names[2]}:{names[3]}";
        return cluster.ServiceAccounts.Contains(account)
            ? new AgentPod(names[2], names[3], Extra(review.User, PodName, "name", name), Extra(review.User, PodUid, "UID", name))
            : throw Refused(StatusCode.PermissionDenied, $"\"{account}\" is not an allowed service account for cluster \"{name}\"");
    }

    private static string Extra(TokenUser? user, string key, string what, string cluster)
    {
        var problem = user?.Extra.GetValueOrDefault(key) switch
        {
            null => $"missing pod {what}",
            { Count: not 1 } values => $"expected 1 {what} but got: {values.Count}",
            [""] => $"pod {what} is empty",
            _ => null,
        };
        return problem is null
            ? user!.Extra[key][0]
            : throw Refused(StatusCode.Internal, $"fail to get pod {what} from token review status for cluster \"{cluster}\": {problem}");
    }

    private static IEnumerable<string> Labels(string kind, ApiObject labelled, IReadOnlySet<string> allowed) =>
        labelled.Metadata.Labels.Where(label => allowed.Contains(label.Key)).Select(label => $"{kind}:{label.Key}:{label.Value}");

    private SpiffeId AgentId(string cluster, string uid)
    {
        try
        {
            return PsatAttestation.AgentId(_trustDomain, cluster, uid);
        }
        catch (FormatException error)
        {
            throw new GrpcException(StatusCode.Internal, $"invalid agent ID: {error.Message}", error);
        }
    }

    private static async Task<T> StepAsync<T>(Func<Task<T>> step, string problem)
    {
        try
        {
            return await step();
        }
        catch (ApiException error)
        {
            throw Refused(StatusCode.Internal, $"{problem}: {error.Message}");
        }
    }

    private static GrpcException Refused(StatusCode code, string text) => new(code, $"nodeattestor({PsatAttestation.Type}): {text}");

    private sealed record AgentPod(string Namespace, string ServiceAccount, string Name, string Uid);
}
