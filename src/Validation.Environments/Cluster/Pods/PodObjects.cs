using System.Globalization;
using System.Text.Json.Nodes;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Pods;

/// <summary>What can be done to pods as objects of the API server, without a hand on their Kubernetes nodes.</summary>
internal sealed class PodObjects
{
    private readonly IKubectl _kubectl;

    /// <summary>Creates it.</summary>
    /// <param name="kubectl">For the pods' namespace.</param>
    public PodObjects(IKubectl kubectl) => _kubectl = kubectl;

    /// <summary>Returns the command that deletes a pod.</summary>
    /// <param name="pod">Its name.</param>
    /// <param name="grace">How long its processes may take; zero for by force. Rounded up to whole seconds.</param>
    public static KubectlCommand Delete(string pod, TimeSpan grace)
    {
        var seconds = ((long)Math.Ceiling(grace.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        string[] force = grace == TimeSpan.Zero ? ["--force"] : [];

        // Without waiting: the proof looks for itself, by the pod's id.
        return KubectlCommand.Write(["delete", "pod", pod, "--wait=false", $"--grace-period={seconds}", .. force]);
    }

    /// <summary>Returns the label selector of the pods of a role in a stack of the harness' own.</summary>
    /// <param name="role">The role.</param>
    public static string SelectorOf(string role) => $"{ClusterNames.OfHarness},{ClusterNames.RoleLabel}={role}";

    /// <summary>Returns the command that asks for the ids of pods.</summary>
    /// <param name="selector">Their label selector.</param>
    public static KubectlCommand AskUids(string selector) =>
        KubectlCommand.Read("get", "pods", $"--selector={selector}", "-o", "jsonpath={.items[*].metadata.uid}");

    /// <summary>Returns the command that asks for a pod's eviction. The order goes to its standard input.</summary>
    /// <remarks>
    /// Not <c>kubectl drain</c>: that one looks for pods in all namespaces, and this one can mean no other pod than that of
    /// the id.
    /// </remarks>
    /// <param name="namespace">The pod's namespace.</param>
    /// <param name="pod">Its name.</param>
    /// <param name="uid">Its id; null in a plan.</param>
    public static KubectlCommand Evict(string @namespace, string pod, string? uid)
    {
        var eviction = new JsonObject
        {
            ["apiVersion"] = "policy/v1",
            ["kind"] = "Eviction",
            ["metadata"] = new JsonObject { ["name"] = pod, ["namespace"] = @namespace },
            ["deleteOptions"] = new JsonObject { ["preconditions"] = new JsonObject { ["uid"] = uid } },
        };
        return new KubectlCommand(["create", "--raw", $"/api/v1/namespaces/{@namespace}/pods/{pod}/eviction", "-f", "-"], eviction.ToJsonString(), Writes: true);
    }

    /// <summary>Deletes a pod.</summary>
    /// <param name="pod">Its name.</param>
    /// <param name="grace">How long its processes may take; zero for by force.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">The API server refused.</exception>
    public Task DeleteAsync(string pod, TimeSpan grace, CancellationToken cancellationToken) =>
        _kubectl.RequireAsync(Delete(pod, grace), cancellationToken);

    /// <summary>Tells whether the API server has a pod.</summary>
    /// <param name="selector">The label selector of the pods of its role.</param>
    /// <param name="uid">Its id.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<bool> ExistsAsync(string selector, string uid, CancellationToken cancellationToken) =>
        (await _kubectl.RequireAsync(AskUids(selector), cancellationToken)).Split(' ', StringSplitOptions.TrimEntries).Contains(uid);

    /// <summary>Asks for a pod's eviction.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">Something else than a disruption budget is in the way.</exception>
    public async Task<EvictionAnswer> EvictAsync(PodFacts pod, CancellationToken cancellationToken)
    {
        var command = Evict(_kubectl.Target.Namespace, pod.Name, pod.Uid);
        var answer = await _kubectl.RunAsync(command, cancellationToken);

        // What a budget does not allow now is answered with 429, Too Many Requests; a pod that is gone already has left too.
        return answer.Succeeded || answer.Errors.Contains("NotFound", StringComparison.Ordinal) ? new EvictionAnswer(pod.Uid, null)
            : answer.Errors.Contains("disruption budget", StringComparison.Ordinal) ? new EvictionAnswer(pod.Uid, answer.Errors.Trim())
            : throw KubectlExtensions.Failure(command, answer);
    }
}
