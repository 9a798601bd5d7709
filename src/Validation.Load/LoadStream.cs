using Validation.Core.Loads;

namespace Validation.Load;

/// <summary>One load while it is fired.</summary>
/// <param name="Load">The load and what does its operations.</param>
/// <param name="Index">Its index in the plan.</param>
/// <param name="Schedule">Its planned instants.</param>
internal sealed record LoadStream(ReadyLoad Load, ushort Index, Schedule Schedule)
{
    /// <summary>Gets what its operations have in common.</summary>
    public OperationStream Operations { get; } = new(Index, Load.Spec.Name, Load.Spec.Timeout) { Ended = Schedule.Ended };

    /// <summary>Gets what does one operation.</summary>
    public Func<Operation, CancellationToken, ValueTask<Outcome>> Perform { get; } = ((IFiredLoad)Load.Prepared).RunAsync;

    /// <summary>Returns the streams of a share of loads, without those of populations.</summary>
    /// <param name="loads">The loads, in the order of the plan.</param>
    /// <param name="share">The share.</param>
    public static LoadStream[] Of(IReadOnlyList<ReadyLoad> loads, Share share) =>
    [
        .. Numbered(loads).Where(numbered => numbered.Load.Prepared is not IPopulation).Select(numbered => new LoadStream(
            numbered.Load, numbered.First, Schedule.Of(numbered.Load.Spec.Arrivals, numbered.First, StreamsOf(loads), share))),
    ];

    /// <summary>Returns the populations among loads, with the index of their first stream in the plan.</summary>
    /// <param name="loads">The loads, in the order of the plan.</param>
    public static IEnumerable<(ReadyLoad Load, ushort First)> PopulationsOf(IReadOnlyList<ReadyLoad> loads) =>
        Numbered(loads).Where(numbered => numbered.Load.Prepared is IPopulation);

    private static int StreamsOf(IEnumerable<ReadyLoad> loads) => loads.Sum(load => load.Spec.Streams.Count);

    private static IEnumerable<(ReadyLoad Load, ushort First)> Numbered(IReadOnlyList<ReadyLoad> loads) =>
        loads.Select((load, index) => (load, (ushort)StreamsOf(loads.Take(index))));
}
