using Validation.Core.Loads;

namespace Validation.Load;

/// <summary>One load while it is fired.</summary>
/// <param name="Load">The load and what does its operations.</param>
/// <param name="Index">Its index in the plan.</param>
/// <param name="Schedule">Its planned instants.</param>
internal sealed record LoadStream(ReadyLoad Load, ushort Index, Schedule Schedule)
{
    /// <summary>Returns the streams of a share of loads.</summary>
    /// <param name="loads">The loads, in the order of the plan.</param>
    /// <param name="share">The share.</param>
    public static LoadStream[] Of(IReadOnlyList<ReadyLoad> loads, Share share) =>
    [
        .. loads.Select((load, index) => new LoadStream(
            load, (ushort)index, Schedule.Of(load.Spec.Arrivals, index, loads.Count, share))),
    ];
}
