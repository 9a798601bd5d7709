namespace EmbeddedSpire.Tests.Server.Conformance;

public sealed class ReplayTests
{
    private const int RecordedCalls = 238;

    [SkippableFact]
    public async Task Servers_AskedWhatRealOnesWereAsked_AnswerWhatTheyAnswered()
    {
        await using var stage = await Stage.SetAsync();
        var replay = new Replay(stage);

        foreach (var conversation in Cast.Conversations)
        {
            await replay.PlayAsync(conversation);
        }

        replay.Calls.Should().Be(RecordedCalls);
        string.Join("\n", replay.Differences.Except(Difference.Known)).Should().BeEmpty("all else is to be said as SPIRE says it");
        Difference.Known.Except(replay.Differences).Should().BeEmpty("what does not differ any more does not belong into the list");
    }
}
