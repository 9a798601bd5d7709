using Validation.Core.Running;

namespace Validation.SystemTests;

/// <summary>Every fault of resources and of the load balancer, and two leaders of the database, on a real stack: proven, held and healed.</summary>
[Trait("Kind", "System")]
public sealed class ResourceFaultTests
{
    [SkippableFact]
    public async Task Run_EveryFaultOfResources_IsProvenAndHealed()
    {
        Capability.RequireRoot();
        Skip.If(Environment.GetEnvironmentVariable("PATH")!.Split(':').All(folder => !File.Exists(Path.Combine(folder, "faketime"))), "not installed: faketime");

        using var harness = await Harness.RunAsync("resource-faults.yaml");

        // The verdict says how fast the machine was as well; here it is about the faults alone.
        var facts = EventLog.Read(harness.Run().Events).Select(happened => happened.Fact).ToArray();
        facts.OfType<FaultNotProven>().Should().BeEmpty();
        facts.OfType<FaultHealing>().Should().HaveCount(9, "each held to its end");
        facts.OfType<FaultHealed>().Should().HaveCount(9);
        facts.OfType<OldPrimaryWritten>().Should().NotBeEmpty("writes were tried at the old leader");
        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
    }
}
