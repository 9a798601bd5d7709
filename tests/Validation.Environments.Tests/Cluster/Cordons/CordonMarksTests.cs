using System.Text.Json;
using Validation.Environments.Cluster.Cordons;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster.Cordons;

public sealed class CordonMarksTests
{
    private const string Conflict = """Error from server (Conflict): Operation cannot be fulfilled on nodes "node-b": the object has been modified""";

    private readonly RecordingKubectl _kubectl = new RecordingKubectl().Answer("patch node", string.Empty);
    private readonly CordonMarks _marks;

    public CordonMarksTests() => _marks = new CordonMarks(_kubectl);

    [Fact]
    public async Task Close_AKubernetesNode_WritesTheMarkInTheSamePatchAndNamesTheVersionItSaw()
    {
        Is(isClosed: false, mark: null);

        (await _marks.CloseAsync("node-b", "run-7", CancellationToken.None)).Should().BeTrue();

        PatchOf(_kubectl.Writes.Single()).Should().Be(
            """{"metadata":{"resourceVersion":"41","labels":{"validation/cordoned-for":"spire-validation"},"annotations":{"validation/run":"run-7"}},"spec":{"unschedulable":true}}""");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("spire-validation")]
    [InlineData("another-namespace")]
    public async Task Close_OneThatIsClosedAlready_ChangesNothing(string? mark)
    {
        Is(isClosed: true, mark);

        (await _marks.CloseAsync("node-b", "run-7", CancellationToken.None)).Should().BeFalse();

        _kubectl.Writes.Should().BeEmpty();
    }

    [Fact]
    public async Task Open_OneWithOurMark_RemovesTheMarkInTheSamePatch()
    {
        Is(isClosed: true, mark: "spire-validation");

        (await _marks.OpenAsync("node-b", CancellationToken.None)).Should().BeTrue();

        PatchOf(_kubectl.Writes.Single()).Should().Be(
            """{"metadata":{"resourceVersion":"41","labels":{"validation/cordoned-for":null},"annotations":{"validation/run":null}},"spec":{"unschedulable":null}}""");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("another-namespace")]
    public async Task Open_OneThatSomebodyElseHasClosed_ChangesNothing(string? mark)
    {
        Is(isClosed: true, mark);

        (await _marks.OpenAsync("node-b", CancellationToken.None)).Should().BeFalse();

        _kubectl.Writes.Should().BeEmpty();
    }

    [Fact]
    public async Task Open_OneThatHasLeftTheCluster_HasNothingToDo()
    {
        _kubectl.Answer("get node node-b", string.Empty);

        (await _marks.OpenAsync("node-b", CancellationToken.None)).Should().BeFalse();
    }

    [Fact]
    public async Task Close_SomebodyWroteInBetween_LooksOnceMore()
    {
        var attempts = 0;
        Is(isClosed: false, mark: null);
        _kubectl.Answer("patch node", _ => ++attempts == 1 ? new ToolAnswer(1, string.Empty, Conflict) : new ToolAnswer(0, string.Empty, string.Empty));

        (await _marks.CloseAsync("node-b", "run-7", CancellationToken.None)).Should().BeTrue();

        _kubectl.Lines.Count(line => line.Contains("get node node-b", StringComparison.Ordinal)).Should().Be(2);
    }

    [Fact]
    public async Task Close_SomebodyClosedItInBetween_IsNotOurs()
    {
        var attempts = 0;
        Is(isClosed: false, mark: null);
        _kubectl.Answer("patch node", _ =>
        {
            attempts++;
            Is(isClosed: true, mark: null);
            return new ToolAnswer(1, string.Empty, Conflict);
        });

        (await _marks.CloseAsync("node-b", "run-7", CancellationToken.None)).Should().BeFalse();

        attempts.Should().Be(1);
    }

    [Fact]
    public async Task Close_WithoutTheRight_SaysSo()
    {
        Is(isClosed: false, mark: null);
        _kubectl.Fail("patch node", "nodes \"node-b\" is forbidden");

        await FluentActions.Awaiting(() => _marks.CloseAsync("node-b", "run-7", CancellationToken.None))
            .Should().ThrowAsync<HarnessException>().WithMessage("*is forbidden*");
        _kubectl.Writes.Should().ContainSingle();
    }

    [Fact]
    public async Task Cordon_OfTwoOfWhichOneIsClosedAlready_LeavesTheOtherOpenAndThatOneClosed()
    {
        var isClosed = false;
        _kubectl.Answer("get node node-a", _ => new(0, NodeJson(isClosed, isClosed ? "spire-validation" : null), string.Empty))
            .Answer("get node node-b", _ => new(0, NodeJson(true, null), string.Empty))
            .Answer("patch node node-a", command =>
            {
                isClosed = PatchOf(command).Contains("true", StringComparison.Ordinal);
                return new(0, string.Empty, string.Empty);
            });

        var act = () => ClusterCordon.BeginAsync(_marks, ["node-a", "node-b"], "run-7", TimeProvider.System, CancellationToken.None);

        await act.Should().ThrowAsync<HarnessException>().WithMessage("Kubernetes node node-b is cordoned already*");
        isClosed.Should().BeFalse();
        _kubectl.Writes.Should().HaveCount(2).And.OnlyContain(command => command.Arguments[2] == "node-a");
    }

    [Fact]
    public async Task Cordon_Lifted_IsLiftedOnce()
    {
        var isClosed = false;
        _kubectl.Answer("get node node-a", _ => new(0, NodeJson(isClosed, isClosed ? "spire-validation" : null), string.Empty))
            .Answer("patch node node-a", command =>
            {
                isClosed = PatchOf(command).Contains("true", StringComparison.Ordinal);
                return new(0, string.Empty, string.Empty);
            });
        var cordon = await ClusterCordon.BeginAsync(_marks, ["node-a"], "run-7", TimeProvider.System, CancellationToken.None);
        (await cordon.AskClosedAsync(CancellationToken.None)).Should().Equal("node-a");

        await cordon.LiftAsync(CancellationToken.None);
        await cordon.DisposeAsync();

        (await cordon.AskClosedAsync(CancellationToken.None)).Should().BeEmpty();
        _kubectl.Writes.Should().HaveCount(2);
    }

    private static string PatchOf(KubectlCommand command) => command.Arguments.Single(word => word.StartsWith("--patch=", StringComparison.Ordinal))["--patch=".Length..];

    private static string NodeJson(bool isClosed, string? mark) => JsonSerializer.Serialize(new
    {
        kind = "Node",
        metadata = new { name = "node", resourceVersion = "41", labels = mark is null ? [] : new Dictionary<string, string> { ["validation/cordoned-for"] = mark } },
        spec = new { unschedulable = isClosed },
    });

    private void Is(bool isClosed, string? mark) => _kubectl.Answer("get node node-b", NodeJson(isClosed, mark));
}
