using Validation.Core.Running;

namespace Validation.SystemTests;

/// <summary>Every fault of links on a real stack: proven, held and healed, several at a time.</summary>
[Trait("Kind", "System")]
public sealed class LinksTests
{
    [SkippableFact]
    public async Task Run_EveryFaultOfLinks_IsProvenAndHealed()
    {
        Capability.RequireRoot();

        using var harness = await Harness.RunAsync("short-links.yaml");

        // The verdict says how fast the machine was as well; here it is about the faults alone.
        var facts = EventLog.Read(harness.Run().Events).Select(happened => happened.Fact).ToArray();
        facts.OfType<FaultNotProven>().Should().BeEmpty();
        facts.OfType<FaultHealing>().Should().HaveCount(10, "each held to its end");
        facts.OfType<FaultHealed>().Should().HaveCount(10);
        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
    }
}
