using Validation.Core;
using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;

namespace Validation.Scenarios.Sections;

/// <summary>Reads <c>expect</c>: what a canary must show.</summary>
internal static class ExpectSection
{
    private static readonly ValueFormat<string> NotPass = Formats.OneOf([Verdict.Fail.Word(), Verdict.Inconclusive.Word()]);

    /// <summary>Reads the expectation.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="checks">The names of the scenario's objectives and invariants; null when not all of them could be read.</param>
    /// <param name="faults">The names of its faults, which can be inconclusive and no more; null when not all of them could be read.</param>
    /// <param name="log">Takes what is wrong.</param>
    /// <returns>Null when there is none, or when it could not be read.</returns>
    public static ExpectedFinding? Read(MappingReader scenario, IReadOnlyCollection<string>? checks, IReadOnlyCollection<string>? faults, DiagnosticLog log)
    {
        if (scenario.Find("expect") is not { } value || MappingReader.Of(value, "'expect'", log) is not { } expect)
        {
            return null;
        }

        var word = expect.Demand("verdict", NotPass, "verdict: fail");
        var verdict = word == Verdict.Inconclusive.Word() ? Verdict.Inconclusive : Verdict.Fail;

        // What could not be read is missing among the names, and was complained of itself; without a verdict nobody knows which are allowed.
        var names = word is null || checks is null || (verdict == Verdict.Inconclusive && faults is null) ? null : verdict == Verdict.Fail ? checks : [.. checks, .. faults!];
        var because = expect.Demand("because", names is null ? Formats.Text : Formats.OneOf(names), "because: fetch availability whole");
        expect.RejectOthers();
        return word is null || because is null ? null : new ExpectedFinding(because) { Verdict = verdict };
    }
}
