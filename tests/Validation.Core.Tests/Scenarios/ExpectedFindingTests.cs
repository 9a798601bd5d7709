using System.Text.Json;
using Validation.Core.Scenarios;

namespace Validation.Core.Tests.Scenarios;

public class ExpectedFindingTests
{
    [Fact]
    public void Read_APlanFromBeforeThereWasAChoice_ExpectsAFailure() =>
        JsonSerializer.Deserialize<ExpectedFinding>("""{ "because": "fetch availability whole" }""", HarnessJson.Lines)
            .Should().Be(new ExpectedFinding("fetch availability whole") { Verdict = Verdict.Fail });

    [Theory]
    [InlineData(Verdict.Fail, "fail")]
    [InlineData(Verdict.Inconclusive, "be inconclusive")]
    public void ToVerb_OfEitherVerdict_StandsAfterMust(Verdict verdict, string verb) => new ExpectedFinding("x") { Verdict = verdict }.ToVerb().Should().Be(verb);
}
