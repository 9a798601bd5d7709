using System.Text.Json;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Cleaning;

/// <summary>Deletes whatever runs have left in their namespaces, found by the harness' labels and by nothing else.</summary>
/// <remarks>
/// First what makes pods, then the pods, which end at once, then the rest, and the namespaces last, as far as a run
/// made them. A second call finds nothing. What faults did inside of pods ends with the pods or by its lease.
/// </remarks>
internal sealed class ClusterCleaner
{
    private static readonly TimeSpan DeleteLimit = TimeSpan.FromMinutes(2);

    // In this order: whoever makes something before what it makes.
    private static readonly string[] Makers = ["statefulsets", "daemonsets", "deployments", "jobs"];

    private static readonly string[] Others =
    [
        "networkpolicies", "poddisruptionbudgets", "services", "configmaps", "secrets", "rolebindings", "roles", "serviceaccounts",
    ];

    private readonly IKubectl _kubectl;

    /// <summary>Creates the cleaner.</summary>
    /// <param name="kubectl">For the stack's namespace.</param>
    public ClusterCleaner(IKubectl kubectl) => _kubectl = kubectl;

    private IReadOnlyList<string> Namespaces => [_kubectl.Target.Namespace, ClusterNames.SystemNamespace(_kubectl.Target.Namespace)];

    /// <summary>Returns the commands that delete everything in one namespace, for a plan.</summary>
    public static IReadOnlyList<KubectlCommand> Commands { get; } = [Delete(Makers, ["--cascade=background"]), Delete(["pods"], ["--now"]), Delete(Others, [])];

    private static KubectlCommand ReadRemains => KubectlCommand.Read(
        "get", string.Join(',', [.. Makers, "pods", .. Others]), $"--selector={ClusterNames.OfHarness}", "-o", "json");

    /// <summary>Finds what is there.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <returns>Kind and name of each object, with its namespace; empty when there is nothing to do.</returns>
    public async Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellationToken)
    {
        var found = new List<string>();
        foreach (var name in Namespaces)
        {
            if (await ReadNamespaceAsync(name, cancellationToken) is not { } space || !IsOwn(space))
            {
                continue;
            }

            var list = await _kubectl.InNamespace(name).ReadJsonAsync(ReadRemains, cancellationToken);
            found.AddRange(PodFacts.Items(list, "items").Select(one =>
                $"{PodFacts.Text(one, "kind")?.ToLowerInvariant()}/{PodFacts.Text(PodFacts.Get(one, "metadata"), "name")} in {name}"));
            if (IsMadeByARun(space))
            {
                found.Add($"namespace/{name}");
            }
        }

        return found;
    }

    /// <summary>Deletes everything.</summary>
    /// <param name="progress">Told what is being done; null for nobody.</param>
    /// <param name="cancellationToken">Ends the deleting; what is left can be deleted by another call.</param>
    /// <returns>What was found before.</returns>
    /// <exception cref="HarnessException">Something is still there; it is named.</exception>
    public async Task<IReadOnlyList<string>> CleanAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var found = await FindAsync(cancellationToken);
        if (found.Count == 0)
        {
            return found;
        }

        progress?.Report($"deleting {found.Count} objects");
        // The helpers undo what they did when they are told to end, so the stack's pods go first.
        foreach (var name in Namespaces.Where(name => found.Any(one => one.EndsWith($" in {name}", StringComparison.Ordinal))))
        {
            foreach (var command in Commands)
            {
                await _kubectl.InNamespace(name).RequireAsync(command, cancellationToken);
            }
        }

        foreach (var name in Namespaces.Where(name => found.Contains($"namespace/{name}")))
        {
            await _kubectl.RequireAsync(
                KubectlCommand.Write("delete", "namespace", name, "--ignore-not-found", "--wait=true", Timeout) with { Limit = DeleteLimit * 2 }, cancellationToken);
        }

        var left = await FindAsync(cancellationToken);
        return left.Count == 0 ? found : throw new HarnessException(
            ExitCode.LeftUnclean, $"{left.Count} objects are still there: {string.Join(", ", left.Take(5))}{(left.Count > 5 ? " …" : string.Empty)}.", "Run 'recover' once more.");
    }

    private static string Timeout => $"--timeout={DeleteLimit.TotalSeconds:0}s";

    private static KubectlCommand Delete(IEnumerable<string> kinds, IEnumerable<string> how) => KubectlCommand.Write(
        ["delete", string.Join(',', kinds), $"--selector={ClusterNames.OfHarness}", "--ignore-not-found", "--wait=true", Timeout, .. how]) with { Limit = DeleteLimit * 2 };

    // A namespace that an administrator made for the harness stays: it has no run, or "by-hand".
    private static bool IsMadeByARun(JsonElement space)
    {
        return Label(space, ClusterNames.RunLabel) is { Length: > 0 } run && run != ClusterNames.ByHand;
    }

    private static bool IsOwn(JsonElement space) => Label(space, ClusterNames.HarnessLabel) == ClusterNames.HarnessLabelValue;

    private static string? Label(JsonElement found, string name) =>
        PodFacts.Text(PodFacts.Get(PodFacts.Get(found, "metadata"), "labels"), name);

    private async Task<JsonElement?> ReadNamespaceAsync(string name, CancellationToken cancellationToken)
    {
        var text = await _kubectl.RequireAsync(KubectlCommand.Read("get", "namespace", name, "--ignore-not-found", "-o", "json"), cancellationToken);
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
