using System.Globalization;
using Validation.Core.Stacks;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Nodes;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.World;

/// <summary>A node's processes, its disk, its clock and what its supervision was told.</summary>
internal static class NodeWorld
{
    /// <summary>Reads them.</summary>
    /// <param name="place">The node.</param>
    /// <param name="network">Its namespace.</param>
    /// <param name="supervised">The node, unless nobody keeps it running.</param>
    public static IEnumerable<KeyValuePair<string, string>> Read(NodePlace place, NodeNamespace network, ProcessNode? supervised)
    {
        var processes = ProcessTable.InNetworkNamespace(network.Identity);
        var frozen = processes.Count(process => ProcessTable.ThreadStates(process).Contains(ProcessTable.Stopped));
        yield return new($"frozen processes of {place.Name}", processes.Count == 0 ? IStackWorld.Nobody : Text(frozen));
        // While it starts, or somebody mends it, other programs do that.
        yield return new($"programs of {place.Name}", supervised?.Status.State != NodeState.Ready ? IStackWorld.Nobody : string.Join(", ", processes.Select(ProcessTable.NameOf).OfType<string>().Distinct().Order(StringComparer.Ordinal)));
        yield return new($"limits of {place.Name}", processes.Count == 0 ? IStackWorld.Nobody : $"files {Limits(processes, Native.OpenFiles)}, data {Limits(processes, Native.DataSize)}");
        yield return new($"disk of {place.Name}", place.Directory.Exists ? Text(new DriveInfo(place.Directory.FullName).TotalSize) : "none");
        yield return new($"clock of {place.Name}", Resources.NodeClock.Read(place.Name));
        if (supervised is not null)
        {
            yield return new($"start of {place.Name}", supervised.IsHeldDown ? "held down" : supervised.Release == NodeRelease.Own ? "as it was laid out" : "as another release");
        }
    }

    // Each program sets its own; that is the same before and after.
    private static string Limits(IEnumerable<int> processes, int resource) => string.Join(
        '/', processes.Select(process => Native.ReadLimit(process, resource)).Where(limit => limit >= 0).Distinct().Order().Select(limit => limit == Native.NoLimit ? "unlimited" : Text(limit)));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
