using System.Globalization;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Pods;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>The order in which pods become nodes: agents by their Kubernetes nodes, others by their names, numbers in them as numbers.</summary>
internal sealed class PodOrder : IComparer<PodFacts>
{
    private readonly bool _byKubernetesNode;

    private PodOrder(bool byKubernetesNode) => _byKubernetesNode = byKubernetesNode;

    /// <summary>Returns the order for a role.</summary>
    /// <param name="role">The role.</param>
    public static PodOrder Of(string role) => new(role == Roles.SpireAgent);

    /// <inheritdoc/>
    public int Compare(PodFacts? x, PodFacts? y)
    {
        var order = _byKubernetesNode ? string.CompareOrdinal(x!.KubernetesNode, y!.KubernetesNode) : 0;
        return order != 0 ? order : CompareNames(x!.Name, y!.Name);
    }

    // spire-server-10 comes after spire-server-9.
    private static int CompareNames(string x, string y)
    {
        var ((headX, numberX), (headY, numberY)) = (Split(x), Split(y));
        var order = string.CompareOrdinal(headX, headY);
        order = order != 0 ? order : numberX.CompareTo(numberY);
        return order != 0 ? order : string.CompareOrdinal(x, y);
    }

    private static (string Head, int Number) Split(string name)
    {
        var dash = name.LastIndexOf('-');
        return int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (name[..(dash + 1)], number) : (name, -1);
    }
}
