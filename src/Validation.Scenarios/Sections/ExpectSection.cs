using Validation.Core;
using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;

namespace Validation.Scenarios.Sections;

/// <summary>Reads <c>expect</c>: the failure that a canary must show.</summary>
internal static class ExpectSection
{
    private static readonly ValueFormat<string> OnlyFail = Formats.OneOf([Verdict.Fail.Word()]);

    /// <summary>Reads the expectation.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="checks">The names of the scenario's objectives and invariants; null when not all of them could be read.</param>
    /// <param name="log">Takes what is wrong.</param>
    /// <returns>Null when there is none, or when it could not be read.</returns>
    public static ExpectedFailure? Read(MappingReader scenario, IReadOnlyCollection<string>? checks, DiagnosticLog log)
    {
        if (scenario.Find("expect") is not { } value || MappingReader.Of(value, "'expect'", log) is not { } expect)
        {
            return null;
        }

        var verdict = expect.Demand("verdict", OnlyFail, "verdict: fail");
        var because = expect.Demand("because", checks is null ? Formats.Text : Formats.OneOf(checks), "because: fetch availability whole");
        expect.RejectOthers();
        return verdict is null || because is null ? null : new ExpectedFailure(because);
    }
}
