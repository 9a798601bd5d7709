namespace Validation.Core.Capacity;

/// <summary>What the levels of a search say together.</summary>
/// <param name="Verdict">Pass when the capacity was found, fail when even the lowest rate does not meet the objectives.</param>
/// <param name="Statement">The answer, as one sentence.</param>
/// <param name="Bottleneck">What was lacking at the lowest rate that does not meet the objectives; null when every rate did.</param>
public sealed record CapacityAnswer(Verdict Verdict, string Statement, Bottleneck? Bottleneck)
{
    /// <summary>Reads the answer.</summary>
    /// <param name="load">The load's name.</param>
    /// <param name="levels">The levels; at least one.</param>
    /// <param name="confirmed">The rate that was confirmed; null for none.</param>
    public static CapacityAnswer Of(string load, IReadOnlyList<CapacityLevel> levels, Rate? confirmed)
    {
        var last = levels[^1];
        var beyond = levels.Where(level => level.Outcome != LevelOutcome.Met && !(level.Rate.PerSecond <= confirmed?.PerSecond)).MinBy(level => level.Rate.PerSecond);
        if (levels.All(level => level.Outcome != LevelOutcome.Met))
        {
            return new CapacityAnswer(
                last.Outcome == LevelOutcome.Failed ? Verdict.Fail : Verdict.Inconclusive,
                $"Even {last.Rate} of '{load}', the lowest rate that was tried, {Word(last.Outcome)}. {last.Statement}",
                last.Bottleneck);
        }

        return (confirmed, beyond) switch
        {
            (null, _) => new CapacityAnswer(
                Verdict.Inconclusive,
                $"No rate of '{load}' that met the objectives for a short time did so for a longer one.",
                last.Bottleneck),
            ({ } rate, null) => new CapacityAnswer(Verdict.Pass, $"{rate} of '{load}' meets the objectives. Higher rates were not asked for.", null),
            ({ } rate, { Outcome: LevelOutcome.HarnessLimited }) => new CapacityAnswer(
                Verdict.Inconclusive,
                $"At least {rate} of '{load}' meets the objectives. At {beyond.Rate} the harness was the limit, so how much more the stack can do is not known.",
                beyond.Bottleneck),
            ({ } rate, _) => new CapacityAnswer(Verdict.Pass, $"{rate} of '{load}' meets the objectives; {beyond.Rate} {Word(beyond.Outcome)}.", beyond.Bottleneck),
        };
    }

    private static string Word(LevelOutcome outcome) => outcome switch
    {
        LevelOutcome.Failed => "fails the objectives",
        LevelOutcome.Undecided => "is not shown to meet the objectives",
        _ => "says nothing about the stack",
    };
}
