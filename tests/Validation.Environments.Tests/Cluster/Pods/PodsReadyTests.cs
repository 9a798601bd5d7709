using Validation.Core.Stacks;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Tests.Cluster.Kit;
using Validation.TestKit;

namespace Validation.Environments.Tests.Cluster.Pods;

public sealed class PodsReadyTests : IAsyncLifetime
{
    private static readonly PodJson Late = new("spire-server-1", Roles.SpireServer) { IsReady = false };

    private readonly RecordingKubectl _kubectl = new();
    private readonly ManualClock _clock = new();
    private readonly Told _told = new();
    private readonly PodWatch _watch;

    public PodsReadyTests() => _watch = new PodWatch(_kubectl, "mine", TimeProvider.System);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _watch.DisposeAsync();

    [Fact]
    public async Task Wait_APodThatIsLate_IsToldOnceWithItsStateThenWithTheClustersReasonAndSeldomAgain()
    {
        _kubectl.Answer("get events --field-selector=involvedObject", "FailedMount   MountVolume.SetUp failed: configmap \"spire-bundle\" not found\n");

        await WaitInVainAsync(TimeSpan.FromSeconds(60), Late.Text());

        _told.Lines[0].Should().StartWith("waiting for spire-server: 0 of 3 ready; spire-server-1 is ").And.NotContain("MountVolume");
        _told.Lines.Skip(1).Should().HaveCount(2, "20 s and 50 s after its begin").And.OnlyContain(line => line.Contains("(FailedMount   MountVolume.SetUp failed: configmap"));
    }

    [Fact]
    public async Task Wait_APodThatNobodyMakes_IsToldWithTheReason()
    {
        _kubectl.Answer("get events --field-selector=reason=FailedCreate", "pooler   other\nspire-server   exceeded quota\n");

        await WaitInVainAsync(TimeSpan.FromSeconds(25));

        _told.Lines.Should().Equal("waiting for spire-server: 0 of 3 ready", "waiting for spire-server: 0 of 3 ready (spire-server   exceeded quota)");
    }

    [Fact]
    public async Task Wait_EventsThatCannotBeRead_ChangesNothing()
    {
        _kubectl.Fail("get events", "Forbidden");

        await WaitInVainAsync(TimeSpan.FromSeconds(25));

        _told.Lines.Should().Equal("waiting for spire-server: 0 of 3 ready");
    }

    private async Task WaitInVainAsync(TimeSpan limit, params string[] pods)
    {
        _kubectl.Answer("get pods --selector=mine -o json", $$"""{ "items": [ {{string.Join(", ", pods)}} ] }""");
        _watch.Start();
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (_watch.Pods.Count != pods.Length || _kubectl.Sessions.Count == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, soon.Token);
        }

        var wait = () => _clock.RunUntilAsync(
            () => new PodsReady(_watch, _kubectl, _clock, _told).WaitAsync(Roles.SpireServer, 3, limit, CancellationToken.None), TimeSpan.FromMilliseconds(250), TimeSpan.FromMinutes(10));

        (await wait.Should().ThrowAsync<HarnessException>()).WithMessage("spire-server: 0 of 3 ready after *");
    }

    private sealed class Told : IProgress<string>
    {
        public List<string> Lines { get; } = [];

        public void Report(string value) => Lines.Add(value);
    }
}
