using System.Text.Json;
using Validation.Environments.Cluster.Cordons;
using Validation.Environments.Cluster.Guard;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Cleaning;

/// <summary>Deletes whatever runs have left in their namespaces, found by the harness' labels and by nothing else.</summary>
/// <remarks>
/// Before anything else it opens the Kubernetes nodes that runs have cordoned. Then what makes pods, then the pods, which end at once, then the rest, and the namespaces last, as far as a run
/// made them. A second call finds nothing. What faults did inside of pods ends with the pods or by its lease.
/// </remarks>
internal sealed class ClusterCleaner
{
    private static readonly TimeSpan DeleteLimit = TimeSpan.FromMinutes(2);

    // In this order: whoever makes something before what it makes. The harness' user may need no more than this.
    private static readonly string[] Makers = ["statefulsets", "daemonsets", "deployments", "jobs"];

    private static readonly string[] Others =
    [
        "networkpolicies", "poddisruptionbudgets", "services", "secrets", "rolebindings", "roles", "serviceaccounts",
    ];

    private static readonly string[] HelperMakers = ["daemonsets"];
    private static readonly string[] HelperOthers = ["serviceaccounts"];

    private const string Cordoned = "cordon of node/";

    private readonly IKubectl _kubectl;
    private readonly CordonMarks _cordons;
    private readonly string? _spared;

    /// <summary>Creates the cleaner.</summary>
    /// <param name="kubectl">For the stack's namespace.</param>
    /// <param name="spared">The run that is about to use the namespaces: they stay, and so does what is its own already. Null, the default, for none.</param>
    public ClusterCleaner(IKubectl kubectl, string? spared = null) => (_kubectl, _spared, _cordons) = (kubectl, spared, new CordonMarks(kubectl));

    private IReadOnlyList<KubectlCommand> StackReads => [Names([.. Makers, "pods", .. Others, "configmaps"], OfRuns(_spared)), Names(["configmaps"], ClusterNames.OfPatroni)];

    private IReadOnlyList<KubectlCommand> HelperReads => [Names([.. HelperMakers, "pods", .. HelperOthers], OfRuns(_spared))];

    private string Stack => _kubectl.Target.Namespace;

    private string Helpers => ClusterNames.SystemNamespace(Stack);

    private static string Timeout => $"--timeout={DeleteLimit.TotalSeconds:0}s";

    /// <summary>Returns the commands that delete everything in the namespace of the stack.</summary>
    /// <param name="spared">The run whose objects stay; null for none.</param>
    public static IReadOnlyList<KubectlCommand> StackCommands(string? spared) =>
    [
        Delete(Makers, OfRuns(spared), "--cascade=background"),
        Delete(["pods"], OfRuns(spared), "--now"),
        Delete(Others, OfRuns(spared)),
        Delete(["configmaps"], OfRuns(spared), $"--field-selector=metadata.name!={RunClaim.Name}"),
        Delete(["configmaps"], ClusterNames.OfPatroni),
    ];

    /// <summary>Gets the command that deletes the claim, when everything else is gone: nobody else begins before.</summary>
    public static KubectlCommand LastCommand { get; } = Delete(["configmaps"], OfRuns(null), $"--field-selector=metadata.name={RunClaim.Name}");

    /// <summary>Returns the commands that delete everything in the namespace of the helpers.</summary>
    /// <param name="spared">The run whose objects stay; null for none.</param>
    public static IReadOnlyList<KubectlCommand> HelperCommands(string? spared) =>
    [
        Delete(HelperMakers, OfRuns(spared), "--cascade=background"),
        Delete(["pods"], OfRuns(spared), "--now"),
        Delete(HelperOthers, OfRuns(spared)),
    ];

    /// <summary>Finds what is there.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <returns>Kind and name of each object, with its namespace, and cordoned Kubernetes nodes; empty when there is nothing to do.</returns>
    public async Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellationToken)
    {
        // Whatever became of the namespaces: a Kubernetes node is everybody's.
        var found = new List<string>((await _cordons.FindAsync(cancellationToken)).Select(name => Cordoned + name));
        foreach (var (name, reads) in new[] { (Stack, StackReads), (Helpers, HelperReads) })
        {
            if (await _kubectl.FindAsync("namespace", name, cancellationToken) is not { } space || !IsOwn(space))
            {
                continue;
            }

            foreach (var read in reads)
            {
                var names = await _kubectl.InNamespace(name).RequireAsync(read, cancellationToken);
                found.AddRange(names.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(one => $"{one} in {name}"));
            }

            if (_spared is null && IsMadeByARun(space))
            {
                found.Add($"namespace/{name}");
            }
        }

        return [.. found.Distinct()];
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

        foreach (var name in found.Where(IsCordon).Select(one => one[Cordoned.Length..]))
        {
            progress?.Report($"uncordoning Kubernetes node {name}");
            await _cordons.OpenAsync(name, cancellationToken);
        }

        if (!found.All(IsCordon))
        {
            progress?.Report($"deleting {found.Count(one => !IsCordon(one))} objects");
        }

        // The stack's pods go first: should a helper still hold one of them, it has to let go before it ends.
        foreach (var (name, commands) in new[] { (Stack, StackCommands(_spared)), (Helpers, HelperCommands(_spared)) }
            .Where(part => found.Any(one => one.EndsWith($" in {part.Item1}", StringComparison.Ordinal))))
        {
            foreach (var command in commands)
            {
                await _kubectl.InNamespace(name).RequireAsync(command, cancellationToken);
            }
        }

        // In a namespace that is deleted, the claim keeps others away until the namespace itself does.
        if (_spared is null && !found.Contains($"namespace/{Stack}") && found.Any(one => one.EndsWith($" in {Stack}", StringComparison.Ordinal)))
        {
            await _kubectl.RequireAsync(LastCommand, cancellationToken);
        }

        var kept = new List<string>();
        foreach (var name in new[] { Stack, Helpers }.Where(name => found.Contains($"namespace/{name}")))
        {
            if (await GuardRails.FindForeignAsync(_kubectl.InNamespace(name), cancellationToken) is { Length: > 0 } foreign)
            {
                kept.Add($"namespace '{name}' stays, because it holds what is not the harness': {string.Join(", ", foreign.Take(5))}{(foreign.Length > 5 ? " …" : string.Empty)}.");
                continue;
            }

            await _kubectl.RequireAsync(
                KubectlCommand.Write("delete", "namespace", name, "--ignore-not-found", "--wait=true", Timeout) with { Limit = DeleteLimit * 2 }, cancellationToken);
        }

        if (kept.Count > 0)
        {
            throw new HarnessException(ExitCode.LeftUnclean, string.Join(' ', kept), "Move it, or delete the namespace yourself.");
        }

        var left = await FindAsync(cancellationToken);
        return left.Count == 0 ? found : throw new HarnessException(
            ExitCode.LeftUnclean, $"{left.Count} objects are still there: {string.Join(", ", left.Take(5))}{(left.Count > 5 ? " …" : string.Empty)}.", "Run 'recover' once more.");
    }

    private static string OfRuns(string? spared) => ClusterNames.OfRuns + (spared is null ? string.Empty : $",{ClusterNames.RunLabel}!={spared}");

    private static KubectlCommand Delete(IEnumerable<string> kinds, string selector, params IEnumerable<string> how)
    {
        string[] words = ["delete", string.Join(',', kinds), $"--selector={selector}", "--ignore-not-found", "--wait=true", Timeout, .. how];
        return KubectlCommand.Write(words) with { Limit = DeleteLimit * 2 };
    }

    private static KubectlCommand Names(IEnumerable<string> kinds, string selector) =>
        KubectlCommand.Read("get", string.Join(',', kinds), $"--selector={selector}", "-o", "name");

    private static bool IsCordon(string found) => found.StartsWith(Cordoned, StringComparison.Ordinal);

    // A namespace that an administrator made for the harness stays: it has no run, or "by-hand".
    private static bool IsMadeByARun(JsonElement space)
    {
        return Label(space, ClusterNames.RunLabel) is { Length: > 0 } run && run != ClusterNames.ByHand;
    }

    private static bool IsOwn(JsonElement space) =>
        Label(space, ClusterNames.HarnessLabel) == ClusterNames.HarnessLabelValue && Label(space, ClusterNames.ExistingStackLabel) is null;

    private static string? Label(JsonElement found, string name) =>
        PodFacts.Text(PodFacts.Get(PodFacts.Get(found, "metadata"), "labels"), name);
}
