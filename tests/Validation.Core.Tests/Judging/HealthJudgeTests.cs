using Validation.Core.Judging;
using Validation.Core.Running;
using Validation.TestKit;

namespace Validation.Core.Tests.Judging;

/// <summary>What the harness recorded about itself makes a run inconclusive when it did not get what it needs.</summary>
public class HealthJudgeTests
{
    private static readonly HarnessHealth Healthy = new()
    {
        Over = TimeSpan.FromSeconds(2),
        Wakes = Fine,
        HandOvers = Fine,
        LongestQueue = 3,
        ProcessorsUsed = 0.4,
        ProcessorsAllowed = 2,
        Periods = 20,
        ThrottledPeriods = 1,
        Paused = TimeSpan.FromMilliseconds(30),
        LongPaused = TimeSpan.FromMilliseconds(12),
        OpenFiles = 200,
        OpenFilesAllowed = 1_024,
        Sockets = 100,
        Ports = 28_232,
    };

    private static readonly Dictionary<string, HarnessHealth> Trouble = new()
    {
        ["harness: scheduling"] = Healthy with { Wakes = Late },
        ["harness: thread pool"] = Healthy with { HandOvers = Late },
        ["harness: processors"] = Healthy with { ProcessorsUsed = 1.9 },
        ["harness: throttling"] = Healthy with { ThrottledPeriods = 2 },
        ["harness: garbage collection"] = Healthy with { LongPaused = TimeSpan.FromMilliseconds(50) },
        ["harness: sockets"] = Healthy with { Sockets = 26_000 },
    };

    public static TheoryData<string> Names => [.. Trouble.Keys];

    private static Delays Fine => new(200, 2, TimeSpan.FromMilliseconds(0.1), TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(130));

    private static Delays Late => Fine with { Late = 3 };

    [Fact]
    public void Of_AHealthyHarness_PassesEachCheck() =>
        Judge(Healthy, Healthy with { Worker = 1 }).Select(finding => (finding.Name, finding.Verdict)).Should().BeEquivalentTo(Trouble.Keys.Select(name => (name, Verdict.Pass)));

    [Theory]
    [MemberData(nameof(Names))]
    public void Of_OneThingMissingInOneWorker_IsInconclusiveWithReasonAndRemedy(string name)
    {
        var findings = Judge(Healthy, Healthy with { Worker = 1 }, Trouble[name] with { Worker = 2 });

        var inconclusive = findings.Where(finding => finding.Verdict != Verdict.Pass).Should().ContainSingle().Subject;
        inconclusive.Name.Should().Be(name);
        inconclusive.Verdict.Should().Be(Verdict.Inconclusive);
        inconclusive.Statement.Should().StartWith("worker 2, ");
        inconclusive.Hint.Should().NotBeNullOrEmpty();
    }

    [Fact]
    public void Of_ARecordingOfAHarnessThatDidNotWatchItself_HasNoSuchFinding() => Judge().Should().BeEmpty();

    [Fact]
    public void Of_NothingButTheTimeBeforeTheLoads_IsInconclusive()
    {
        var builder = Builder();
        builder.Event(TimeSpan.FromSeconds(11), Healthy);

        Findings(builder).Should().ContainSingle().Which.Verdict.Should().Be(Verdict.Inconclusive);
    }

    [Fact]
    public void Read_AHealthyHarness_ComesBackFromTheEventLog()
    {
        var line = System.Text.Json.JsonSerializer.Serialize<Fact>(Healthy, HarnessJson.Lines);

        line.Should().StartWith("{\"event\":\"harness-health\"");
        System.Text.Json.JsonSerializer.Deserialize<Fact>(line, HarnessJson.Lines).Should().Be(Healthy);
    }

    private static Finding[] Judge(params HarnessHealth[] facts)
    {
        var builder = Builder();
        for (var i = 0; i < facts.Length; i++)
        {
            builder.Event(TimeSpan.FromSeconds(20 + i), facts[i]);
        }

        return Findings(builder);
    }

    private static RecordingBuilder Builder() =>
        new RecordingBuilder("s", TimeSpan.FromSeconds(10)).Phase("only", TimeSpan.FromSeconds(30)).Load("fetch", "driver", 10, (_, _) => new Answer(TimeSpan.FromMilliseconds(1)));

    private static Finding[] Findings(RecordingBuilder builder) =>
        [.. Core.Judging.Judge.Of(builder.Build(), []).Findings.Where(finding => finding.Name.StartsWith("harness", StringComparison.Ordinal))];
}
