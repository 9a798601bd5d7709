using Validation.Core;

namespace Validation.SystemTests;

/// <summary>Whatever end a run comes to, nothing is left on the machine and the next run starts.</summary>
[Trait("Kind", "System")]
public sealed class KillTests
{
    // Spread over the start of a run: namespaces, bootstrap of the database, servers.
    [SkippableTheory]
    [InlineData(0.4)]
    [InlineData(3)]
    [InlineData(11)]
    public async Task Kill_TheHarnessAtAnInstant_LeavesNothing(double afterSeconds)
    {
        Capability.RequireRoot();
        using var harness = Harness.Start([], Harness.Here(), "run", Harness.PathOf("short-kill.yaml"));
        await Task.Delay(TimeSpan.FromSeconds(afterSeconds));

        harness.Kill();

        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
    }

    [SkippableFact]
    public async Task Run_AfterOneThatWasKilledInTheMiddleOfAFault_FindsNothingOfItAndPasses()
    {
        Capability.RequireRoot();
        using (var killed = Harness.Start([], Harness.Here(), "run", Harness.PathOf("short-kill.yaml")))
        {
            await killed.WaitForAsync<Core.Running.FaultInjecting>(_ => true, TimeSpan.FromMinutes(2));
            killed.Kill();
            (await killed.Leftovers.FindAsync()).Should().BeEmpty();
        }

        using var next = await Harness.RunAsync("short-kill.yaml");

        next.ExitCode.Should().Be(ExitCode.Pass, next.Output);
    }

    [SkippableFact]
    public async Task Interrupt_ARunWithAFaultInForce_HealsItJudgesWhatWasRecordedAndLeavesNothing()
    {
        Capability.RequireRoot();
        // Tests that were started in the background ignore Ctrl-C, and what they start would inherit that.
        using var harness = Harness.Start(["env", "--default-signal=INT"], Harness.Here(), "run", Harness.PathOf("short-partition.yaml"));
        await harness.WaitForAsync<Core.Running.FaultInjected>(_ => true, TimeSpan.FromMinutes(2));

        using (var interrupt = System.Diagnostics.Process.Start("kill", ["-INT", harness.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await interrupt.WaitForExitAsync();
        }

        (await harness.WaitAsync()).Should().Be(ExitCode.Inconclusive, harness.Output);
        harness.Run().HtmlReport.Exists.Should().BeTrue();
        var facts = Core.Running.EventLog.Read(harness.Run().Events).Select(happened => happened.Fact).ToArray();
        facts.OfType<Core.Running.FaultCancelled>().Should().ContainSingle("it was taken back");
        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
    }
}
