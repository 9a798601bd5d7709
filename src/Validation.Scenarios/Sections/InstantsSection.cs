using Validation.Core;
using Validation.Scenarios.Reading;

namespace Validation.Scenarios.Sections;

/// <summary>Reads when a fault begins: once <c>at</c> an instant, or from then on <c>every</c> so often, until its phase ends or earlier.</summary>
internal static class InstantsSection
{
    private const int Most = 1_000;

    private static ValueFormat<TimeSpan?> AnyInstant { get; } = Formats.Length(TimeSpan.Zero);

    /// <summary>Reads the instants.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="phase">The name of its phase.</param>
    /// <param name="phaseLength">How long its phase lasts; null when that could not be read.</param>
    /// <returns>At least one instant, in ascending order, counted from the start of the phase.</returns>
    public static IReadOnlyList<TimeSpan> Read(MappingReader fault, string phase, TimeSpan? phaseLength)
    {
        var at = fault.Read("at", AnyInstant) ?? TimeSpan.Zero;
        var every = fault.Read("every", Formats.Length());
        var repeat = fault.Read("repeat", Formats.Count(2, Most));
        var until = fault.Read("until", Formats.Length());
        if (at >= phaseLength)
        {
            fault.Complain("at", $"at '{Duration.Format(at)}' is not before the end of phase '{phase}', which lasts {Duration.Format(phaseLength.Value)}.");
        }

        if (every is not { } interval)
        {
            DemandEvery(fault, "repeat");
            DemandEvery(fault, "until");
            return [at];
        }

        if (repeat is not null && until is not null)
        {
            fault.Complain("until", "'repeat' and 'until' cannot both say when it is enough.");
        }
        else if (until > phaseLength || until <= at)
        {
            fault.Complain("until", $"until '{Duration.Format(until.Value)}' is not after the first one, at {Duration.Format(at)}, and within phase '{phase}'.");
        }

        var end = until ?? phaseLength ?? at + interval;
        var count = repeat ?? Math.Ceiling((end - at) / interval);
        if (count > Most)
        {
            fault.Complain("every", $"that is {count:0} times; allowed are {Most}.");
        }
        else if (repeat is not null && at + (interval * (repeat.Value - 1)) >= phaseLength)
        {
            fault.Complain(
                "repeat",
                $"the last of {repeat} begins at {Duration.Format(at + (interval * (repeat.Value - 1)))}, which is not before the end of phase '{phase}' ({Duration.Format(phaseLength.Value)}).");
        }

        return [.. Enumerable.Range(0, (int)Math.Clamp(count, 1, Most)).Select(number => at + (interval * number))];
    }

    private static void DemandEvery(MappingReader fault, string key)
    {
        if (fault.Has(key))
        {
            fault.Complain(key, $"'{key}' needs 'every', for example 'every: 10s'.");
        }
    }
}
