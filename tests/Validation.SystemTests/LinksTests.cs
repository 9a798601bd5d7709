using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.SystemTests;

/// <summary>Every fault of links on a real stack: proven, held and healed, several at a time, for agents that have addresses of their own too.</summary>
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
        facts.OfType<FaultHealing>().Should().HaveCount(16, "each held to its end");
        facts.OfType<FaultHealed>().Should().HaveCount(16);
        facts.OfType<FaultInjected>().Single(fact => fact.Fault == "herd").Proof.Should().MatchRegex("of 2[0-9] addresses", "each of twenty agents has its own");
        var recording = harness.Recording();
        SyncsWithin(recording, "cut").Should().BeEmpty("the addresses of the agents are cut off with their node");
        var seen = recording.Plan.IndexOf("seen");
        recording.Samples.Samples.Should().Contain(sample => sample.Succeeded && sample.Load == seen, "servers read from the replica");
        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
    }

    private static IEnumerable<Sample> SyncsWithin(RunRecording recording, string fault)
    {
        var begin = recording.Facts<FaultInjected>().Single(seen => seen.Fact.Fault == fault).At.TotalNanoseconds;
        var end = recording.Facts<FaultHealing>().Single(seen => seen.Fact.Fault == fault).At.TotalNanoseconds;
        var syncs = recording.Samples.Samples.Where(sample => sample.Succeeded && sample.Load == recording.Plan.IndexOf("agents/sync")).ToArray();
        syncs.Should().Contain(sync => sync.CompletedNs < begin).And.Contain(sync => sync.CompletedNs > end);
        return syncs.Where(sync => sync.CompletedNs > begin && sync.CompletedNs < end);
    }
}
