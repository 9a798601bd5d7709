using Validation.Core;
using Validation.Core.Running;

namespace Validation.SystemTests;

/// <summary>The alarm of the comparison before and after: somebody changes the stack behind the harness' back, and it does not pass.</summary>
[Trait("Kind", "System")]
public sealed class LeftUncleanTests
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
}
