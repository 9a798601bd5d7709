using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Running;

namespace Validation.SystemTests;

/// <summary>Somebody changes the stack behind the harness' back, and it does not pass.</summary>
[Trait("Kind", "System")]
public sealed class BehindTheBackTests
{
    [SkippableFact]
    public async Task Run_ARouteThatNobodyTakesBack_IsLeftUnclean()
    {
        Capability.RequireRoot();
        using var harness = Harness.Start([], Harness.Here(), "run", Harness.PathOf("short-pause.yaml"));
        await harness.WaitForAsync<FaultInjected>(_ => true, TimeSpan.FromMinutes(2));

        Sandbox.Of(harness).Execute("ip", "route", "add", "blackhole", "198.51.100.0/24");

        (await harness.WaitAsync()).Should().Be(ExitCode.LeftUnclean, harness.Output);
        harness.Output.Should().Contain("left unclean").And.Contain("routes of the router");
        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
    }

    [SkippableFact]
    public async Task Run_AFaultWhoseRuleWasRemoved_IsInconclusive()
    {
        Capability.RequireRoot();
        using var harness = Harness.Start([], Harness.Here(), "run", Harness.PathOf("short-partition.yaml"));
        await harness.WaitForAsync<FaultInjected>(_ => true, TimeSpan.FromMinutes(2));

        Sandbox.Of(harness).Execute("nft", "flush", "set", "inet", "validation", "leased");

        (await harness.WaitAsync()).Should().Be(ExitCode.Inconclusive, harness.Output);
        var fault = harness.Result().Findings.Single(finding => finding.Kind == FindingKind.Fault);
        fault.Verdict.Should().Be(Verdict.Inconclusive);
        fault.Statement.Should().StartWith("Not proven to be held:");
    }
}
