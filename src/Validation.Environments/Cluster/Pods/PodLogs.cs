using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Pods;

/// <summary>Puts the logs of pods into files before the pods are deleted.</summary>
internal sealed class PodLogs
{
    // The last of a log; a debug log of hours would fill the report.
    private const string MostBytes = "8388608";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly IKubectl _kubectl;
    private readonly SecretMask _mask;
    private readonly DirectoryInfo _folder;

    /// <summary>Creates it.</summary>
    /// <param name="kubectl">For the pods' namespace.</param>
    /// <param name="mask">Takes secrets out of the logs.</param>
    /// <param name="folder">Where the files go.</param>
    public PodLogs(IKubectl kubectl, SecretMask mask, DirectoryInfo folder) => (_kubectl, _mask, _folder) = (kubectl, mask, folder);

    /// <summary>Writes <c>POD.log</c> for each container, the process before a restart included. What cannot be read is said in the file.</summary>
    /// <param name="pods">The pods.</param>
    /// <param name="cancellationToken">Ends the collecting.</param>
    public async Task CollectAsync(IReadOnlyList<PodFacts> pods, CancellationToken cancellationToken)
    {
        if (!_folder.Exists)
        {
            return;
        }

        foreach (var some in pods.Chunk(4))
        {
            await Task.WhenAll(some.SelectMany(pod => pod.Containers.Select(container => CollectAsync(pod, container, cancellationToken))));
        }
    }

    private async Task CollectAsync(PodFacts pod, ContainerFacts container, CancellationToken cancellationToken)
    {
        var name = pod.Containers.Count == 1 || container.Name == pod.Role ? pod.Name : $"{pod.Name}-{container.Name}";
        var text = container.Restarts > 0 ? await ReadAsync(pod, container, ["--previous"], cancellationToken) + "--- started again ---\n" : string.Empty;
        text += await ReadAsync(pod, container, [], cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, $"{name}.log"), _mask.Hide(text), cancellationToken);
    }

    private async Task<string> ReadAsync(PodFacts pod, ContainerFacts container, string[] which, CancellationToken cancellationToken)
    {
        try
        {
            var command = KubectlCommand.Read(["logs", pod.Name, $"--container={container.Name}", "--timestamps", $"--limit-bytes={MostBytes}", .. which]);
            var answer = await _kubectl.RunAsync(command with { Limit = Limit }, cancellationToken);
            return answer.Succeeded ? answer.Output : $"--- cannot be read: {answer.Errors.Trim()} ---\n";
        }
        catch (HarnessException error)
        {
            return $"--- cannot be read: {error.Message} ---\n";
        }
    }
}
