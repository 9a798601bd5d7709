using System.Globalization;
using Validation.Core.Judging;
using Validation.Core.Recording;

namespace Validation.Core.Capacity;

/// <summary>Says what a level lacked that did not meet its objectives. The surest sign comes first.</summary>
internal static class BottleneckFinder
{
    // SPIRE's servers answer with this status what is beyond their rate limits.
    private const string RateLimited = "resource-exhausted";

    /// <summary>Finds the bottleneck.</summary>
    /// <param name="recording">The level's recording.</param>
    /// <param name="harness">What the harness lacked; null when nothing.</param>
    /// <param name="load">The load's numbers in the measured window.</param>
    public static Bottleneck Of(RunRecording recording, Finding? harness, LoadStatistics load)
    {
        var use = UseSummary.Of(recording);
        var signs = new[]
        {
            harness is null ? null : new Bottleneck(BottleneckKind.Generator, $"{harness.Name}: {harness.Statement}{use?.Processors}"),
            RateLimit(load),
            use?.Pool,
            use?.Connections,
            use?.Busiest,
        };
        return signs.OfType<Bottleneck>().FirstOrDefault() ?? new Bottleneck(BottleneckKind.Unknown, "Nothing that is watched was used up." + Describe(load) + use?.Processors);
    }

    private static Bottleneck? RateLimit(LoadStatistics load) =>
        load.Failures.GetValueOrDefault(RateLimited) is var refused && refused > 0 && refused * 2 > load.Failures.Values.Sum()
            ? new Bottleneck(
                BottleneckKind.RateLimit,
                string.Create(CultureInfo.InvariantCulture, $"{refused:#,0} of {load.Planned:#,0} operations were refused as '{RateLimited}'."))
            : null;

    private static string Describe(LoadStatistics load) => load.Failures.Count == 0
        ? string.Empty
        : $" Failed: {string.Join(", ", load.Failures.Select(failure => string.Create(CultureInfo.InvariantCulture, $"{failure.Key} {failure.Value:#,0}")))}.";
}
