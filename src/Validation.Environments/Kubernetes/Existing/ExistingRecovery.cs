using Validation.Core.Stacks;
using Validation.Environments.Cluster.Cordons;
using Validation.Environments.Cluster.Guard;
using Validation.Environments.Cluster.Scaling;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>Finds and undoes what faults of a killed run have left on a stack that is there already: cordons and lowered numbers of replicas.</summary>
internal sealed class ExistingRecovery
{
    private readonly IKubectl _kubectl;
    private readonly IReadOnlyDictionary<string, ExistingRole> _roles;

    /// <summary>Creates it.</summary>
    /// <param name="kubectl">For any namespace.</param>
    /// <param name="roles">Where the stack is, by role.</param>
    public ExistingRecovery(IKubectl kubectl, IReadOnlyDictionary<string, ExistingRole> roles) => (_kubectl, _roles) = (kubectl, roles);

    private string Home => _roles[Roles.SpireServer].Namespace;

    /// <summary>Returns the commands that find what is left.</summary>
    /// <param name="home">The SPIRE servers' namespace, which cordons name.</param>
    /// <param name="namespaces">Those of all roles.</param>
    public static IEnumerable<(string Namespace, KubectlCommand Find)> Commands(string home, IEnumerable<string> namespaces) =>
        namespaces.Distinct().Select(place => (place, ScaleMarks.Find)).Prepend((home, CordonMarks.Find(home)));

    /// <summary>Finds what is left. Only reads.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <returns>A line for each thing; empty when there is nothing to do.</returns>
    public async Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellationToken) =>
        [.. (await LookAsync(cancellationToken)).Select(one => one.Name)];

    /// <summary>Undoes what is left.</summary>
    /// <param name="progress">Told what is being done; null for nobody.</param>
    /// <param name="cancellationToken">Ends it; what is left can be undone by another call.</param>
    /// <returns>What was found.</returns>
    public async Task<IReadOnlyList<string>> UndoAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var left = await LookAsync(cancellationToken);
        foreach (var (name, undo) in left)
        {
            progress?.Report($"undoing {name}");
            await undo();
        }

        return [.. left.Select(one => one.Name)];
    }

    private async Task<IReadOnlyList<(string Name, Func<Task> Undo)>> LookAsync(CancellationToken cancellationToken)
    {
        var left = new List<(string, Func<Task>)>();

        // Whoever may not change something cannot have left it changed.
        if (await MayAsync(Home, new AccessRight("patch", "nodes", AccessPlace.Cluster), cancellationToken))
        {
            var cordons = new CordonMarks(_kubectl.InNamespace(Home));
            left.AddRange((await cordons.FindAsync(cancellationToken)).Select(
                name => ($"cordon of node/{name}", (Func<Task>)(() => cordons.OpenAsync(name, cancellationToken)))));
        }

        foreach (var place in _roles.Values.Select(role => role.Namespace).Distinct())
        {
            if (await MayAsync(place, new AccessRight("patch", "statefulsets.apps"), cancellationToken))
            {
                var scales = new ScaleMarks(_kubectl.InNamespace(place));
                left.AddRange((await scales.FindAsync(cancellationToken)).Select(
                    name => ($"scale of statefulset/{name} in {place}", (Func<Task>)(() => scales.RestoreAsync(name, cancellationToken)))));
            }
        }

        return left;
    }

    private Task<bool> MayAsync(string place, AccessRight right, CancellationToken cancellationToken) =>
        new AccessReview(_kubectl.InNamespace(place)).MayAsync(right, cancellationToken);
}
