using Validation.Environments.Cluster.Helper;
using Validation.Environments.Local.Programs;
using Validation.Environments.Tests.Cluster.Kit;
using Validation.Environments.Tests.Kit;
using Validation.Environments.Tests.Live;
using Validation.TestKit;

namespace Validation.Environments.Tests.Cluster.Helper;

[Collection(SystemTests.Name)]
public sealed class HelperSessionTests
{
    [Fact]
    public async Task Session_LineThatIsNoOrder_IsRefusedAndTheSessionGoesOn()
    {
        var helper = new HelperInProcess("/proc", TimeProvider.System);
        using var lines = new StreamReader(helper.Output);
        (await lines.ReadLineAsync()).Should().Be("""{"protocol":1}""");

        await helper.Input.WriteAsync("{\"id\":1,\"order\":{\"do\":\"dance\"}}\nnot even json\n{\"id\":2,\"order\":{\"do\":\"beat\"}}\n"u8.ToArray());

        var answers = new[] { await lines.ReadLineAsync(), await lines.ReadLineAsync(), await lines.ReadLineAsync() };
        answers.Should().ContainSingle(answer => answer == """{"id":2,"report":{"broken":[]}}""");
        answers.Where(answer => answer!.Contains("not an order", StringComparison.Ordinal)).Should().HaveCount(2);
        await helper.DisposeAsync();
    }

    [Fact]
    public async Task Session_SilentForLongerThanTheLimit_UndoesEverythingAndEnds()
    {
        using var cgroups = new RecordedCgroups();
        var clock = new ManualClock();
        var pod = RecordedCgroups.Pod("spire-agent-1");
        var process = cgroups.Start(pod, 1);
        var helper = new HelperInProcess(cgroups.Directory.FullName, clock);
        using var lines = new StreamReader(helper.Output);
        await lines.ReadLineAsync();
        await helper.Input.WriteAsync(HelperProtocol.Write(new OrderLine(1, new Freeze(NodeHelpers.OnNode(pod), 600_000))));
        await StackInside.UntilAsync("the freeze", 5, () => Signals.IsStopped(process.Id));

        // In steps of less than the limit, as time passes for a process that runs.
        for (var second = 0; second < 12 && !helper.Ended.IsCompleted; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(20);
        }

        (await helper.Ended.WaitAsync(TimeSpan.FromSeconds(5))).Succeeded.Should().BeTrue();
        Signals.IsStopped(process.Id).Should().BeFalse();
    }

    [Fact]
    public async Task Session_StoodStillItself_EndsAlthoughLinesWaitForIt()
    {
        var clock = new ManualClock();
        var helper = new HelperInProcess("/proc", clock);
        using var lines = new StreamReader(helper.Output);
        await lines.ReadLineAsync();

        clock.Advance(HelperProtocol.Silence + TimeSpan.FromSeconds(1));

        await helper.Ended.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Client_HelperOfAnotherVersion_SaysWhatToDo()
    {
        var opening = () => OpenAsync(session => session.Sent.Write("{\"protocol\":99}\n"u8));

        var trouble = (await opening.Should().ThrowAsync<HarnessException>()).WithMessage("node helper on k-2: it is of another version than this harness; it greets with '{\"protocol\":99}'.");
        trouble.Which.Hint.Should().Contain("Build the harness image");
    }

    [Fact]
    public async Task Client_KubectlCannotGetThere_ShowsItsWords()
    {
        var opening = () => OpenAsync(session => session.End(1, "error: unable to upgrade connection: container not found\n"));

        (await opening.Should().ThrowAsync<HarnessException>())
            .WithMessage("node helper on k-2: ended with exit code 1. error: unable to upgrade connection: container not found");
    }

    [Fact]
    public async Task Client_SessionBreaks_TellsItsCutsAndWhoeverAsks()
    {
        var recorded = default(RecordedSession);
        await using var client = await OpenAsync(session =>
        {
            recorded = session;
            session.Sent.Write("{\"protocol\":1}\n"u8);
        });
        var told = new TaskCompletionSource<string>();
        client.OnBroken("c", told.SetResult);
        var asking = client.AskAsync(new Look(new PodOnNode("p", "u", [])), CancellationToken.None);

        recorded!.End(137, "command terminated");

        (await told.Task.WaitAsync(TimeSpan.FromSeconds(5))).Should().Be("node helper on k-2 ended with exit code 137. command terminated, so that it has undone what it did");
        await asking.Invoking(task => task).Should().ThrowAsync<HarnessException>().WithMessage("node helper on k-2: ended with exit code 137.*");
        client.Lost.Should().NotBeNull();
    }

    [Fact]
    public async Task Client_OrderFails_SaysWhereAndWhy()
    {
        var kubectl = new OpeningKubectl(_ => new HelperInProcess("/proc", TimeProvider.System));
        await using var client = await HelperClient.OpenAsync(kubectl, "helper", "k-2", TimeProvider.System, CancellationToken.None);
        var pod = new PodOnNode("postgres-1", Guid.NewGuid().ToString(), []);

        var asking = () => client.AskAsync(new Cut("c", pod, []), CancellationToken.None);

        (await asking.Should().ThrowAsync<HarnessException>()).WithMessage("node helper on k-2: pod postgres-1 has no process on this Kubernetes node.");
        (await client.AskAsync(new Beat(), CancellationToken.None)).Broken.Should().BeEmpty("one failure ends nothing else");
    }

    private static Task<HelperClient> OpenAsync(Action<RecordedSession> prepare)
    {
        var kubectl = new OpeningKubectl(command =>
        {
            var session = new RecordedSession(command);
            prepare(session);
            return session;
        });
        return HelperClient.OpenAsync(kubectl, "helper", "k-2", TimeProvider.System, CancellationToken.None);
    }
}
