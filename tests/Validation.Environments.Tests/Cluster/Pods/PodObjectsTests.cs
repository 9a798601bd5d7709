using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster.Pods;

public sealed class PodObjectsTests
{
    private const string Refusal = "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.";

    private readonly RecordingKubectl _kubectl = new();
    private readonly PodObjects _objects;
    private readonly PodFacts _pod = new PodJson("spire-server-2", Roles.SpireServer) { Uid = "uid-7" }.Facts();

    public PodObjectsTests() => _objects = new PodObjects(_kubectl);

    [Theory]
    [InlineData(30_000, "delete pod spire-server-2 --wait=false --grace-period=30")]
    [InlineData(1_500, "delete pod spire-server-2 --wait=false --grace-period=2")]
    [InlineData(0, "delete pod spire-server-2 --wait=false --grace-period=0 --force")]
    public async Task Delete_WithAGrace_IsWhatIsTyped(int milliseconds, string typed)
    {
        _kubectl.Answer("delete pod", string.Empty);

        await _objects.DeleteAsync("spire-server-2", TimeSpan.FromMilliseconds(milliseconds), CancellationToken.None);

        _kubectl.Lines.Should().Equal($"spire-validation: {typed}");
    }

    [Fact]
    public async Task Delete_WithoutTheRight_SaysSo()
    {
        _kubectl.Fail("delete pod", "pods is forbidden");

        await FluentActions.Awaiting(() => _objects.DeleteAsync("spire-server-2", TimeSpan.Zero, CancellationToken.None))
            .Should().ThrowAsync<HarnessException>().WithMessage("*pods is forbidden*");
    }

    [Theory]
    [InlineData("uid-1 uid-7 uid-9", true)]
    [InlineData("uid-1 uid-71", false)]
    [InlineData("", false)]
    public async Task Exists_APod_IsAskedByItsIdAndNotByItsName(string uids, bool exists)
    {
        _kubectl.Answer("get pods --selector=app.kubernetes.io/part-of=validation,validation/role=spire-server", uids);

        (await _objects.ExistsAsync(PodObjects.SelectorOf(Roles.SpireServer), "uid-7", CancellationToken.None)).Should().Be(exists);
    }

    [Fact]
    public async Task Exists_WhenTheApiServerIsAway_IsNotTakenForGone()
    {
        _kubectl.Fail("get pods", "the server could not be reached");

        await FluentActions.Awaiting(() => _objects.ExistsAsync(PodObjects.SelectorOf(Roles.SpireServer), "uid-7", CancellationToken.None)).Should().ThrowAsync<HarnessException>();
    }

    [Fact]
    public async Task Evict_APod_CanMeanNoOtherPodOfItsName()
    {
        _kubectl.Answer("create --raw /api/v1/namespaces/spire-validation/pods/spire-server-2/eviction -f -", string.Empty);

        (await _objects.EvictAsync(_pod, CancellationToken.None)).Should().Be(new EvictionAnswer("uid-7", null));

        _kubectl.Writes.Single().Input.Should().Be(
            """{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"spire-server-2","namespace":"spire-validation"},"deleteOptions":{"preconditions":{"uid":"uid-7"}}}""");
    }

    [Fact]
    public async Task Evict_RefusedByItsBudget_IsAnAnswer()
    {
        _kubectl.Fail("create --raw", Refusal);

        (await _objects.EvictAsync(_pod, CancellationToken.None)).Should().Be(new EvictionAnswer("uid-7", Refusal));
    }

    [Fact]
    public async Task Evict_APodThatHasLeftAlready_HasLeft()
    {
        _kubectl.Fail("create --raw", "Error from server (NotFound): pods \"spire-server-2\" not found");

        (await _objects.EvictAsync(_pod, CancellationToken.None)).Refusal.Should().BeNull();
    }

    [Theory]
    [InlineData("Error from server (Forbidden): pods/eviction is forbidden")]
    [InlineData("Error from server (TooManyRequests): the server is busy")]
    public async Task Evict_RefusedForAnotherReason_IsAFailure(string words)
    {
        _kubectl.Fail("create --raw", words);

        await FluentActions.Awaiting(() => _objects.EvictAsync(_pod, CancellationToken.None)).Should().ThrowAsync<HarnessException>().WithMessage($"*{words}*");
    }

    [Theory]
    [InlineData(Roles.SpireServer, "rollout restart statefulset/spire-server")]
    [InlineData(Roles.SpireAgent, "rollout restart daemonset/spire-agent")]
    public void Restart_OfARole_NamesWhatOwnsItsPods(string role, string typed) =>
        string.Join(' ', ClusterCommands.Restart(role).Arguments).Should().Be(typed);
}
