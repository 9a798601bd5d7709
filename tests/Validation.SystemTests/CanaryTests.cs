using Validation.Core;
using Validation.Core.Judging;

namespace Validation.SystemTests;

/// <summary>The gate on the gate: scenarios that must fail, each for its own reason.</summary>
[Trait("Kind", "System")]
public sealed class CanaryTests
{
    [SkippableTheory]
    [InlineData("canary-availability.yaml")]
    [InlineData("canary-recovery.yaml")]
    public async Task Run_ACanary_FailsForItsOwnReasonAndThereforePasses(string scenario)
    {
        Capability.RequireRoot();

        using var harness = await Harness.RunAsync(scenario);

        harness.ExitCode.Should().Be(ExitCode.Pass, harness.Output);
        var result = harness.Result();
        result.Findings.Where(finding => finding.Verdict == Verdict.Fail).Select(finding => finding.Name)
            .Should().Equal(harness.Recording().Plan.Expect!.Because);
        result.Findings.Where(finding => finding.Verdict == Verdict.Inconclusive).Should().BeEmpty();
    }

    [SkippableFact]
    public async Task Run_AFaultWhoseRuleWasRemovedBehindTheHarnessBack_IsInconclusive()
    {
        Capability.RequireRoot();
        using var harness = Harness.Start([], Harness.Here(), "run", Harness.PathOf("short-partition.yaml"));
        await harness.WaitForAsync<Core.Running.FaultInjected>(_ => true, TimeSpan.FromMinutes(2));

        Sandbox.Of(harness).Execute("nft", "flush", "set", "inet", "validation", "leased");

        (await harness.WaitAsync()).Should().Be(ExitCode.Inconclusive, harness.Output);
        var fault = harness.Result().Findings.Single(finding => finding.Kind == FindingKind.Fault);
        fault.Verdict.Should().Be(Verdict.Inconclusive);
        fault.Statement.Should().StartWith("Not proven to be held:");
    }
}
