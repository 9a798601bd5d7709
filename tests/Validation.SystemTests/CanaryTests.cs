using Validation.Core;
using Validation.TestKit;

namespace Validation.SystemTests;

/// <summary>The gate on the gate: scenarios that must not pass, each for its own reason.</summary>
[Trait("Kind", "System")]
public sealed class CanaryTests
{
    // With what must be said of it.
    private static readonly Dictionary<string, string> All = new()
    {
        ["canary-availability"] = "availability of 'sign' is",
        ["canary-latency"] = "p99 of 'sign' is",
        ["canary-proof"] = "had no session",
        ["canary-recovery"] = "time-to-recover of 'attest' is",
        ["canary-samples"] = "500 needed",
    };

    public static TheoryData<string> Names => [.. All.Keys];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Run_ACanary_EndsAsItShouldForItsOwnReasonAndThereforePasses(string scenario)
    {
        Capability.RequireRoot();

        using var harness = await Harness.RunAsync($"{scenario}.yaml");

        harness.ExitCode.Should().Be(ExitCode.Pass, harness.Output);
        var expected = harness.Recording().Plan.Expect!;
        var found = harness.Result().Findings.Should().ContainSingle(finding => finding.Verdict != Verdict.Pass).Subject;
        (found.Name, found.Verdict).Should().Be((expected.Because, expected.Verdict));
        found.Statement.Should().Contain(All[scenario]);
    }

    [Fact]
    public void Names_AreAllCanariesThatThereAre() =>
        Repository.Root.GetFiles("scenarios/canary-*.yaml").Select(file => Path.GetFileNameWithoutExtension(file.Name)).Should().BeEquivalentTo(All.Keys);
}
