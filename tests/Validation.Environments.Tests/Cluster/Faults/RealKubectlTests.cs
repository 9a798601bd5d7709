using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Cleaning;
using Validation.Environments.Cluster.Cordons;
using Validation.Environments.Cluster.Guard;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Scaling;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Kubernetes.Existing;
using Validation.Environments.Local.Programs;
using Validation.Environments.Tests.Cluster.Kit;
using Validation.Environments.Tests.Live;
using Validation.TestKit;

namespace Validation.Environments.Tests.Cluster.Faults;

/// <summary>The real kubectl gives the orders of Kubernetes' own faults, to a stand-in for the API server.</summary>
public sealed class RealKubectlTests : IAsyncLifetime
{
    private const string Namespace = "spire-validation";

    private readonly DirectoryInfo _cache = Directory.CreateTempSubdirectory("validation-kubectl-");
    private ObjectApiStandIn _server = null!;

    private LocalKubectl Kubectl => new(_server.Url, _cache, Namespace);

    public async Task InitializeAsync()
    {
        Skip.If(ProgramFinder.Find("kubectl") is null, "not installed: kubectl");
        _server = await ObjectApiStandIn.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _cache.Delete(recursive: true);
    }

    [SkippableFact]
    public async Task Cordon_AndLift_LeavesTheKubernetesNodeAsItWas()
    {
        var before = _server.Node["spec"]!.ToJsonString();
        await using var cordon = await ClusterCordon.BeginAsync(new CordonMarks(Kubectl), ["node-b"], "run-7", TimeProvider.System, CancellationToken.None);

        (await cordon.AskClosedAsync(CancellationToken.None)).Should().Equal("node-b");
        (await new CordonMarks(Kubectl).FindAsync(CancellationToken.None)).Should().Equal("node-b");
        (await new CordonMarks(Kubectl.InNamespace("another")).FindAsync(CancellationToken.None)).Should().BeEmpty();
        _server.Node["metadata"]!["annotations"]!.ToJsonString().Should().Be("""{"validation/run":"run-7"}""");

        await cordon.LiftAsync(CancellationToken.None);

        _server.Node["spec"]!.ToJsonString().Should().Be(before);
        _server.Node["metadata"]!["labels"]!.ToJsonString().Should().Be("""{"zone":"one"}""");
        (await new CordonMarks(Kubectl).FindAsync(CancellationToken.None)).Should().BeEmpty();
    }

    [SkippableFact]
    public async Task Claims_OfFourRunsAtOnce_GoToOneOfThem()
    {
        var attempts = await Task.WhenAll(Enumerable.Range(1, 4).Select(run => TryTakeAsync($"run-{run}", dead: null)));

        attempts.OfType<RunClaim>().Should().ContainSingle();
        foreach (var claim in attempts.OfType<RunClaim>())
        {
            (await claim.IsHeldAsync(CancellationToken.None)).Should().BeTrue();
            await claim.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Claim_OfADeadRun_GoesToOneOfTheTwoThatTakeItOver()
    {
        var clock = new ManualClock();
        var dead = (await TryTakeAsync("run-1", dead: null, clock))!;
        var seen = await RunClaim.RequireFreeAsync(Kubectl, new Progress<string>(), TimeProvider.System, CancellationToken.None);
        seen!.Run.Should().Be("run-1");

        var attempts = await Task.WhenAll(TryTakeAsync("run-2", seen), TryTakeAsync("run-3", seen));

        await using var heir = attempts.OfType<RunClaim>().Should().ContainSingle().Subject;
        (await dead.IsHeldAsync(CancellationToken.None)).Should().BeFalse();
        var sign = (string)_server.Claim!["metadata"]!["annotations"]!["validation/alive"]!;
        clock.Advance(TimeSpan.FromSeconds(15));
        await StackInside.UntilAsync("the renewal of whoever has lost it to be refused", 20, () => _server.RefusedRenewals == 1);
        await dead.DisposeAsync();
        ((string)_server.Claim!["metadata"]!["annotations"]!["validation/alive"]!).Should().Be(sign, "who has lost it does not renew it");
    }

    [SkippableFact]
    public async Task Cordon_WhileAKubeletWrites_IsTriedAgain()
    {
        _server.Disturbances = 2;

        (await new CordonMarks(Kubectl).CloseAsync("node-b", "run-7", CancellationToken.None)).Should().BeTrue();

        ((bool)_server.Node["spec"]!["unschedulable"]!).Should().BeTrue();
    }

    [SkippableFact]
    public async Task Cordon_ThatADeadRunHasLeft_IsFoundAndLiftedByTheCleanUp()
    {
        await new CordonMarks(Kubectl).CloseAsync("node-b", "run-7", CancellationToken.None);

        (await CleanAsync()).Should().Equal("cordon of node/node-b");
        (await CleanAsync()).Should().BeEmpty();
    }

    [SkippableFact]
    public async Task Cordon_OfSomebodyElse_OutlivesTheCleanUp()
    {
        _server.Node["spec"]!["unschedulable"] = true;

        (await CleanAsync()).Should().BeEmpty();

        ((bool)_server.Node["spec"]!["unschedulable"]!).Should().BeTrue();
    }

    [SkippableFact]
    public async Task Scale_ThatADeadRunHasLeft_IsFoundAndRestoredByRecover()
    {
        var before = _server.Set["spec"]!.ToJsonString();
        _server.Disturbances = 2;
        await new ScaleMarks(Kubectl).LowerAsync("spire-server", 3, 1, "run-7", CancellationToken.None);
        ((int)_server.Set["spec"]!["replicas"]!).Should().Be(1);

        (await RecoverAsync()).Should().Equal("scale of statefulset/spire-server in spire-validation");
        (await RecoverAsync()).Should().BeEmpty();

        _server.Set["spec"]!.ToJsonString().Should().Be(before);
        _server.Set["metadata"]!["labels"]!.ToJsonString().Should().Be("""{"app":"server"}""");
    }

    [SkippableFact]
    public async Task Eviction_OfTwoPods_IsTakenAndRefused()
    {
        var objects = new PodObjects(Kubectl);

        var gone = await objects.EvictAsync(new PodJson("spire-server-2", Roles.SpireServer).Facts(), CancellationToken.None);
        var refused = await objects.EvictAsync(new PodJson("spire-server-3", Roles.SpireServer).Facts(), CancellationToken.None);

        gone.Refusal.Should().BeNull();
        refused.Refusal.Should().Be("Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.");
        _server.Evictions.Select(eviction => (string?)eviction["deleteOptions"]!["preconditions"]!["uid"]).Should().Equal("uid-1", "uid-1");
    }

    [SkippableTheory]
    [InlineData(30, "\"gracePeriodSeconds\":30")]
    [InlineData(0, "\"gracePeriodSeconds\":0")]
    public async Task Deletion_OfAPod_NamesItsGrace(int seconds, string said)
    {
        await new PodObjects(Kubectl).DeleteAsync("spire-server-2", TimeSpan.FromSeconds(seconds), CancellationToken.None);

        _server.Changes.Should().ContainSingle().Which.Should()
            .StartWith("DELETE /api/v1/namespaces/spire-validation/pods/spire-server-2 ").And.Contain(said);
    }

    [SkippableTheory]
    [InlineData("uid-2", true)]
    [InlineData("uid-3", false)]
    public async Task Existence_OfAPod_IsReadFromTheList(string uid, bool exists) =>
        (await new PodObjects(Kubectl).ExistsAsync(PodObjects.SelectorOf(Roles.SpireServer), uid, CancellationToken.None)).Should().Be(exists);

    [SkippableFact]
    public async Task Rollout_OfARole_ChangesTheAnnotationOfItsTemplate()
    {
        await Kubectl.RequireAsync(ClusterCommands.Restart(Roles.SpireServer), CancellationToken.None);

        _server.Changes.Should().ContainSingle().Which.Should()
            .StartWith("PATCH /apis/apps/v1/namespaces/spire-validation/statefulsets/spire-server ").And.Contain("kubectl.kubernetes.io/restartedAt");
    }

    [SkippableFact]
    public async Task Scaling_OfARole_SetsItsReplicas()
    {
        await Kubectl.RequireAsync(ClusterCommands.Scale(Roles.SpireServer, 1), CancellationToken.None);

        _server.Changes.Should().ContainSingle().Which.Should()
            .Be("""PATCH /apis/apps/v1/namespaces/spire-validation/statefulsets/spire-server/scale {"spec":{"replicas":1}}""");
    }

    private Task<IReadOnlyList<string>> RecoverAsync() => new ExistingRecovery(
        Kubectl, new Dictionary<string, ExistingRole> { [Roles.SpireServer] = new(Namespace, "app=server", null, 8081) }).UndoAsync(null, CancellationToken.None);

    private async Task<RunClaim?> TryTakeAsync(string run, SeenClaim? dead, TimeProvider? time = null)
    {
        try
        {
            return await RunClaim.TakeAsync(Kubectl, run, dead, time ?? TimeProvider.System, CancellationToken.None);
        }
        catch (HarnessException refusal)
        {
            refusal.Message.Should().Contain("is being used by run");
            return null;
        }
    }

    private Task<IReadOnlyList<string>> CleanAsync() => new ClusterCleaner(Kubectl).CleanAsync(null, CancellationToken.None);
}
