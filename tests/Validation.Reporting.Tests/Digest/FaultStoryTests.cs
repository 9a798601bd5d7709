using Validation.Core.Running;
using Validation.Reporting.Digest;
using Validation.TestKit;

namespace Validation.Reporting.Tests.Digest;

public sealed class FaultStoryTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Of_FaultThatHealed_HasEveryInstantAndProof()
    {
        var story = FaultStory.Of(SampleRuns.QuickStart())[1];

        story.Label.Should().Be("partition spire-server-1 / pooler-1");
        (story.Injecting, story.Injected, story.Healing, story.Healed).Should().Be(
            (53 * Second, 53.4 * Second, 58.4 * Second, 58.7 * Second));
        story.Length.Should().BeCloseTo(5.3 * Second, Second / 1000);
        story.NotProven.Should().BeNull();
    }

    [Fact]
    public void Of_FaultThatWasNeverFired_TellsWhomItWouldHaveHit()
    {
        var run = new RecordingBuilder("short", Second)
            .Fault("a", "kill", "p", Second, new Dictionary<string, string> { ["target"] = "postgres/primary when it fires" }, new Dictionary<string, string>());

        var story = FaultStory.Of(run.Build(isComplete: false)).Single();

        story.Label.Should().Be("kill postgres/primary when it fires");
        story.Injecting.Should().BeNull();
        story.Length.Should().BeNull();
    }

    [Fact]
    public void Of_FaultWithoutProof_SaysWhatCouldNotBeProven()
    {
        var run = new RecordingBuilder("short", Second)
            .Fault("a", "kill", "p", Second, new Dictionary<string, string>(), new Dictionary<string, string>())
            .Event(2 * Second, new FaultNotProven("a", "injected", "2 processes are still there."));

        FaultStory.Of(run.Build()).Single().NotProven.Should().Be("Not proven to be injected: 2 processes are still there.");
    }
}
