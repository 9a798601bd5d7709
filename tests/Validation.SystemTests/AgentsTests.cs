using Validation.Core;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.SystemTests;

/// <summary>Virtual agents on a real stack: what their lives must look like in the recording.</summary>
[Trait("Kind", "System")]
public sealed class AgentsTests
{
    private const int Agents = 200;

    [SkippableFact]
    public async Task Run_AgentsWithShortLives_AttestOnceSyncEveryIntervalAndRenew()
    {
        Capability.RequireRoot();

        using var harness = await Harness.RunAsync("agents.yaml");

        harness.ExitCode.Should().Be(ExitCode.Pass, harness.Output);
        var recording = harness.Recording();
        AllOf(recording, "attest").Should().Be(Agents, "nobody lost his identity");
        var firing = recording.Facts<LoadsStopped>().Single().At - recording.Facts<LoadsStarted>().Single().At;
        AllOf(recording, "sync").Should().BeInRange((long)(Agents * (firing.TotalSeconds - 15) / 5.5), (long)(Agents * firing.TotalSeconds / 4.5));
        AllOf(recording, "renew").Should().BeGreaterThan(Agents, "lives of a minute are half over before the run is");
        recording.Svids.Should().OnlyContain(svid => svid.Check == SvidCheck.Verified);
    }

    // The warm-up too, in which the agents attest.
    private static long AllOf(RunRecording recording, string operation) =>
        recording.Samples.Samples.Count(sample => sample.Load == recording.Plan.IndexOf($"agents/{operation}"));
}
