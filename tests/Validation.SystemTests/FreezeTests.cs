using Validation.Core;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.SystemTests;

/// <summary>A harness that stands still leaves nothing broken for longer than a lease.</summary>
[Trait("Kind", "System")]
public sealed class FreezeTests
{
    // The longest lease of the faults of the scenario: ten seconds and thirty inside of the database, fifteen and fifteen elsewhere.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10 + 30), Reserve = TimeSpan.FromSeconds(3);

    [SkippableFact]
    public async Task Freeze_TheHarnessWithManyFaultsInForce_TheyEndWithTheirLeasesAndTheRunIsInconclusive()
    {
        Capability.RequireRoot();
        using var harness = Harness.Start([], Harness.Here(), "run", Harness.PathOf("short-freeze.yaml"));
        var plan = await PlanAsync(harness);
        foreach (var fault in plan.Faults)
        {
            await harness.WaitForAsync<FaultInjected>(proven => proven.Fault == fault.Name, TimeSpan.FromMinutes(2));
        }

        var sandbox = Sandbox.Of(harness);
        sandbox.Stop();
        var inForce = Breakage.In(sandbox);
        var left = await Breakage.AfterAsync(sandbox, Lease + Reserve);
        var found = await harness.RecoverAsync(ExitCode.LeftUnclean);
        sandbox.Continue();

        // The alarm: whoever looks in this way sees each of them while it lasts.
        inForce.Should().Contain(broken => broken.StartsWith("stopped", StringComparison.Ordinal))
            .And.Contain(broken => broken.StartsWith("cut", StringComparison.Ordinal))
            .And.Contain(broken => broken.StartsWith("busy", StringComparison.Ordinal))
            .And.Contain(broken => broken.StartsWith("limited", StringComparison.Ordinal))
            .And.Contain(broken => broken.StartsWith("full", StringComparison.Ordinal))
            .And.Contain(broken => broken.StartsWith("trigger", StringComparison.Ordinal))
            .And.Contain(broken => broken.StartsWith("setting", StringComparison.Ordinal));
        left.Should().BeEmpty();
        found.Should().Contain("was begun after").And.Contain($"'kill -CONT {sandbox.FirstProcess}' lets it go on");

        // Who wakes has missed the end of what it wanted to see.
        (await harness.WaitAsync()).Should().Be(ExitCode.Inconclusive, harness.Output);
        EventLog.Read(harness.Run().Events).Select(happened => happened.Fact).OfType<FaultNotProven>().Should().NotBeEmpty();
        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
    }

    private static async Task<Plan> PlanAsync(Harness harness)
    {
        await harness.WaitForAsync<StackReady>(_ => true, TimeSpan.FromMinutes(2));
        return RunRecording.Read(harness.Run()).Plan;
    }
}
