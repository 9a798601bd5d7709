using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Core.Judging;

/// <summary>Finds the times in which a container was not started because its kubelet waits longer after each end of it.</summary>
/// <remarks>
/// After 10 s, 20 s, 40 s … up to 5 min a kubelet starts again what ends again and again. That is part of how long a node takes
/// to come back, and no property of the program in it; so whoever reads of the one is told of the other.
/// </remarks>
internal static class KubeletWaits
{
    // Kubernetes' word for it, with which the reason of the node's state begins.
    private const string Word = "CrashLoopBackOff";

    /// <summary>Returns a sentence about the waits within a heal.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="healing">When the heal began.</param>
    /// <param name="healed">When it was proven.</param>
    /// <returns>Empty when nothing waited.</returns>
    public static string Note(RunRecording recording, TimeSpan healing, TimeSpan healed)
    {
        string[] waits =
        [
            .. from wait in Of(recording)
               let length = Min(wait.To, healed) - Max(wait.From, healing)
               where length > TimeSpan.Zero
               group length by wait.Node into node
               select $"{node.Key} {Duration.Format(node.Aggregate(TimeSpan.Zero, (sum, length) => sum + length))}",
        ];
        return waits.Length == 0 ? string.Empty : $" The heal took {Duration.Format(healed - healing)}, in which kubelets had containers wait ({Word}): {string.Join(", ", waits)}.";
    }

    private static IEnumerable<(string Node, TimeSpan From, TimeSpan To)> Of(RunRecording recording)
    {
        var since = new Dictionary<string, TimeSpan>();
        foreach (var (at, changed) in recording.Facts<NodeChanged>())
        {
            if (since.Remove(changed.Node, out var begun))
            {
                yield return (changed.Node, begun, at);
            }

            if (changed.Reason?.StartsWith(Word, StringComparison.Ordinal) == true)
            {
                since[changed.Node] = at;
            }
        }

        foreach (var (node, begun) in since)
        {
            yield return (node, begun, TimeSpan.MaxValue);
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
