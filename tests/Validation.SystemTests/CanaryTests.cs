using Validation.Core;
using Validation.TestKit;

namespace Validation.SystemTests;

/// <summary>The gate on the gate: scenarios that must not pass, each for its own reason.</summary>
[Trait("Kind", "System")]
public sealed class CanaryTests
{
    private static readonly string[] All = ["canary-availability", "canary-latency", "canary-proof", "canary-recovery", "canary-samples"];

    public static TheoryData<string> Names => [.. All];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Run_ACanary_EndsAsItShouldForItsOwnReasonAndThereforePasses(string scenario)
    {
        Capability.RequireRoot();

        using var harness = await Harness.RunAsync($"{scenario}.yaml");

        harness.ExitCode.Should().Be(ExitCode.Pass, harness.Output);
        var expected = harness.Recording().Plan.Expect!;
        harness.Result().Findings.Where(finding => finding.Verdict != Verdict.Pass).Select(finding => (finding.Name, finding.Verdict))
            .Should().Equal((expected.Because, expected.Verdict));
    }

    [Fact]
    public void Names_AreAllCanariesThatThereAre() =>
        Repository.Root.GetFiles("scenarios/canary-*.yaml").Select(file => Path.GetFileNameWithoutExtension(file.Name)).Should().BeEquivalentTo(All);
}
