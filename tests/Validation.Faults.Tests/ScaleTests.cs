using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class ScaleTests : FaultTest
{
    private readonly FakeCluster _cluster = new();

    [Fact]
    public async Task Scale_DownAndBack_IsProvenByWhoHasAPod()
    {
        await using var injection = await InjectAsync(_cluster, new Scale(), ("target", "spire-server"), ("replicas", "1"), ("for", "20s"));

        injection.Length.Should().Be(TimeSpan.FromSeconds(20));
        (await injection.ProveInjectedAsync(CancellationToken.None))
            .Should().Be(Proof.Proven("spire-server has 1 pods, 1 of them ready; spire-server-2, spire-server-3 without one."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet, "it was not set back yet");

        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None))
            .Should().Be(Proof.Proven("spire-server-2, spire-server-3 ready, each in another pod than before."));
        await injection.DisposeAsync();
        _cluster.Scales.Should().Equal([1, 3], "healing twice sets it back once");
    }

    [Fact]
    public async Task Scale_ThatNobodyActsOn_IsNotProven()
    {
        _cluster.IgnoresScales = true;

        await using var injection = await InjectAsync(_cluster, new Scale(), ("target", "spire-server"), ("replicas", "2"), ("for", "20s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("spire-server-3 still has a pod: Ready."));
    }

    [Fact]
    public async Task Scale_ThatTakesTheWrongPod_IsNotProven()
    {
        await using var injection = await InjectAsync(_cluster, new Scale(), ("target", "spire-server"), ("replicas", "2"), ("for", "20s"));
        _cluster.Servers[0].StaysAway = true;
        _cluster.Servers[0].Leave();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().StartWith("spire-server-1, which should stay, has no pod");
    }

    [Fact]
    public async Task Scale_APodThatIsBackTooEarly_IsRefuted()
    {
        await using var injection = await InjectAsync(_cluster, new Scale(), ("target", "spire-server"), ("replicas", "2"), ("for", "20s"));
        _cluster.Servers[2].Come("node-c");

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Refuted("spire-server-3 had a pod again before its time."));
    }

    [Fact]
    public async Task Scale_WhenDisposed_SetsItBack()
    {
        await (await InjectAsync(_cluster, new Scale(), ("target", "spire-server"), ("for", "20s"))).DisposeAsync();

        _cluster.Scales.Should().Equal(0, 3);
    }

    [Theory]
    [InlineData("spire-server", "3", "the stack has 3 of spire-server, and 'replicas: 3' would not take any of them away; *")]
    [InlineData("spire-server", "7", "the stack has 3 of spire-server*")]
    [InlineData("postgres", "0", "the database's data are in its pods*")]
    public void Scale_ThatMakesNoSense_IsRefusedBeforeTheRun(string target, string replicas, string reason) =>
        Object(target, replicas).Should().Match(reason);

    [Theory]
    [InlineData("spire-server", "0")]
    [InlineData("spire-server", "2")]
    [InlineData("postgres", "1")]
    public void Scale_Down_IsNotRefused(string target, string replicas) => Object(target, replicas).Should().BeNull();

    private static string? Object(string target, string replicas)
    {
        var shape = new StackShape(
            [.. new[] { "postgres-1", "postgres-2", "spire-server-1", "spire-server-2", "spire-server-3" }
                .Select(name => new NodeShape(name, name[..^2], new HashSet<Type> { typeof(IReplica) }))],
            new HashSet<Type> { typeof(IScaleControl) });
        var fault = Spec(new Scale(), ("target", target), ("replicas", replicas), ("for", "20s"));
        return fault.Kind.Objection(fault, shape);
    }
}
