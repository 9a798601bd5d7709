using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Pods;

/// <summary>Finds out why a pod is not ready: its state, Kubernetes' events about it, and its last log lines.</summary>
internal sealed class PodTrouble
{
    private const int Lines = 15;
    private const int Events = 5;

    private static readonly TimeSpan WhileWaiting = TimeSpan.FromSeconds(5);

    private static readonly KubectlCommand RefusedPods = KubectlCommand.Read(
        "get", "events", "--field-selector=reason=FailedCreate,type=Warning", "-o", "custom-columns=:involvedObject.name,:message", "--no-headers");

    private readonly IKubectl _kubectl;

    /// <summary>Creates it.</summary>
    /// <param name="kubectl">For the pods' namespace.</param>
    public PodTrouble(IKubectl kubectl) => _kubectl = kubectl;

    /// <summary>Returns what is known, in a few lines. Says so where nothing can be read.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<string> DescribeAsync(PodFacts pod, CancellationToken cancellationToken)
    {
        var lines = new List<string> { $"{pod.Name} ({pod.KubernetesNode ?? "on no Kubernetes node"}): {StateOf(pod)}" };
        lines.AddRange((await ReadEventsAsync(pod, cancellationToken)).Select(line => $"  event: {line}"));
        foreach (var container in pod.Containers.Where(container => !container.IsReady))
        {
            lines.AddRange((await ReadLogAsync(pod, container, cancellationToken)).Select(line => $"  {container.Name}: {line}"));
        }

        return string.Join('\n', lines);
    }

    /// <summary>Returns why no pod of a role was made, as whoever has to make it says: a quota, an admission plugin, a missing account.</summary>
    /// <param name="role">The role, which its StatefulSet, DaemonSet or Deployment is called after.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<string> DescribeNoneAsync(string role, CancellationToken cancellationToken)
    {
        var answer = await _kubectl.RunAsync(RefusedPods, cancellationToken);
        var refusals = NonEmpty(answer.Output).Where(line => line.StartsWith(role, StringComparison.Ordinal)).Distinct().TakeLast(Events).ToArray();
        return !answer.Succeeded ? $"no pod of this role was made; why cannot be read: {answer.Errors.Trim()}"
            : refusals.Length == 0 ? "no pod of this role was made; see 'kubectl get events'"
            : $"no pod of this role was made:\n{string.Join('\n', refusals.Select(line => $"  event: {line}"))}";
    }

    /// <summary>Returns the last warning about a pod, or about making pods of its role where there is none; null when there is none, or it cannot be read.</summary>
    /// <param name="role">The role.</param>
    /// <param name="pod">The pod; null when none was made.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<string?> FindLastWarningAsync(string role, PodFacts? pod, CancellationToken cancellationToken)
    {
        ToolAnswer answer;
        try
        {
            answer = await _kubectl.RunAsync((pod is null ? RefusedPods : WarningsAbout(pod)) with { Limit = WhileWaiting }, cancellationToken);
        }
        catch (HarnessException)
        {
            return null;
        }

        return answer.Succeeded ? NonEmpty(answer.Output).LastOrDefault(line => pod is not null || line.StartsWith(role, StringComparison.Ordinal)) : null;
    }

    /// <summary>Returns in a few words what a pod is doing.</summary>
    /// <param name="pod">The pod.</param>
    public static string StateOf(PodFacts pod)
    {
        var waiting = pod.Containers.Where(container => !container.IsReady)
            .Select(container => $"{container.Name} {container.Waiting ?? (container.IsRunning ? "runs but is not ready" : "does not run")}{(container.Trouble is { } trouble ? $" ({trouble})" : string.Empty)}");
        return string.Join(", ", new[] { pod.IsTerminating ? "being deleted" : pod.Phase, pod.Reason, pod.Message }.OfType<string>().Concat(waiting));
    }

    private static KubectlCommand WarningsAbout(PodFacts pod) => KubectlCommand.Read(
        "get", "events", $"--field-selector=involvedObject.uid={pod.Uid},type=Warning", "-o", "custom-columns=:reason,:message", "--no-headers");

    private async Task<IEnumerable<string>> ReadEventsAsync(PodFacts pod, CancellationToken cancellationToken)
    {
        var answer = await _kubectl.RunAsync(WarningsAbout(pod), cancellationToken);
        return answer.Succeeded ? NonEmpty(answer.Output).TakeLast(Events) : [$"(cannot be read: {answer.Errors.Trim()})"];
    }

    private async Task<IEnumerable<string>> ReadLogAsync(PodFacts pod, ContainerFacts container, CancellationToken cancellationToken)
    {
        if (container.Id is null)
        {
            return [];
        }

        // A container that waits to be started again has its words in the log of the one before.
        string[] before = container.IsRunning || container.Restarts == 0 ? [] : ["--previous"];
        var answer = await _kubectl.RunAsync(
            KubectlCommand.Read(["logs", pod.Name, $"--container={container.Name}", $"--tail={Lines}", .. before]), cancellationToken);
        return answer.Succeeded ? NonEmpty(answer.Output) : [$"(its log cannot be read: {answer.Errors.Trim()})"];
    }

    private static IEnumerable<string> NonEmpty(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
