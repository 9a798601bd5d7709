using System.Diagnostics;
using Validation.Core.Stacks;
using Validation.Environments.Local;
using Validation.Environments.Local.Control;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed class DetachedSystemTests
{
    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public async Task Up_Detached_LivesOnIsFoundAgainAndGoesDown(As user)
    {
        Sandboxed.SkipUnlessPossible(user, "etcd");
        var name = NewName();
        var leftovers = new Leftovers();
        using var starter = Sandboxed.StartDetached(user, name, ServeStore);
        await starter.WaitForExitAsync();
        starter.Outer.ExitCode.Should().Be(0, starter.Output);
        starter.Output.Should().Contain("waiting for dcs-1").And.EndWith("ready\n");

        var stack = RunningStack.FindAll().Single(running => running.Name == name);
        var status = await stack.GetStatusAsync(CancellationToken.None);
        status.Name.Should().Be(name);
        status.Nodes.Should().OnlyContain(node => node.State == NodeState.Ready);
        status.Nodes.Select(node => node.Name).Should().Equal("workload-1", "dcs-1");
        (await stack.ReadLogAsync("dcs-1", 1000, CancellationToken.None)).Should().Contain(line => line.Contains("start 1: "));
        var below = (int[])[stack.ProcessId, .. Leftovers.Below(stack.ProcessId)];
        var namespaces = leftovers.NamespacesOf(below[1]);

        var watch = Stopwatch.StartNew();
        await stack.DownAsync(TimeProvider.System, CancellationToken.None);

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(2));
        await leftovers.ShouldBeNoneAsync(namespaces, below);
        RunningStack.FindAll().Should().NotContain(running => running.Name == name);
    }

    [SkippableFact]
    public async Task Log_OfAnUnknownNode_SuggestsTheNearest()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser, "etcd");
        await using var up = await UpAsync(As.OrdinaryUser);

        var reading = () => up.Stack.ReadLogAsync("dsc-1", 10, CancellationToken.None);

        await reading.Should().ThrowAsync<HarnessException>().WithMessage("The stack has no node 'dsc-1' with a log. Did you mean 'dcs-1'?*");
    }

    [SkippableFact]
    public async Task Up_SameNameTwice_IsRefused()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser, "etcd");
        await using var up = await UpAsync(As.OrdinaryUser);

        using var second = Sandboxed.StartDetached(As.OrdinaryUser, up.Stack.Name, ServeStore);
        await second.WaitForExitAsync();

        second.Outer.ExitCode.Should().Be((int)ExitCode.InvalidInput);
        second.Output.Should().Contain($"A stack named '{up.Stack.Name}' is up already");
    }

    [SkippableFact]
    public async Task Find_StackOfRoot_IsNotSeenByAnOrdinaryUser()
    {
        Sandboxed.SkipUnlessPossible(As.Root, "etcd");
        await using var up = await UpAsync(As.Root);

        Sandboxed.Run(As.Root, "list").Should().Contain(up.Stack.Name);
        Sandboxed.Run(As.OrdinaryUser, "list").Should().NotContain(up.Stack.Name);
    }

    [SkippableFact]
    public async Task Down_StackThatHangs_IsKilledByTheKernel()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser, "etcd");
        await using var up = await UpAsync(As.OrdinaryUser);
        Native.Signal(Leftovers.Below(up.Stack.ProcessId)[0], Native.SigStop);

        await up.Stack.DownAsync(TimeProvider.System, CancellationToken.None);

        RunningStack.FindAll().Should().NotContain(running => running.Name == up.Stack.Name);
    }

    [SkippableFact]
    public async Task Up_Fails_TheStarterRepeatsWhyAndNothingIsLeft()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser);
        var name = NewName();
        using var starter = Sandboxed.StartDetached(As.OrdinaryUser, name, FailToComeUp);

        await starter.WaitForExitAsync();

        starter.Outer.ExitCode.Should().Be((int)ExitCode.InvalidInput);
        starter.Output.Should().Contain("stack: dcs is 7; in 'local' at most 1 is allowed.");
        RunningStack.FindAll().Should().NotContain(running => running.Name == name);
    }

    [SkippableFact]
    public async Task Up_Crashes_TheStarterRepeatsItsLastWords()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser);
        using var starter = Sandboxed.StartDetached(As.OrdinaryUser, NewName(), Crash);

        await starter.WaitForExitAsync();

        starter.Outer.ExitCode.Should().Be((int)ExitCode.EnvironmentFailed);
        starter.Output.Should().Contain("ended before it was ready").And.Contain("these are my last words");
    }

    // No parent-death signal here: a detached sandbox is to outlive its starter. Until it is ready, the closed line
    // alone must end it.
    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public async Task Starter_KilledBeforeReady_TheClosedLineEndsTheInner(As user)
    {
        Sandboxed.SkipUnlessPossible(user);
        var leftovers = new Leftovers();
        using var starter = Sandboxed.StartDetached(user, NewName(), NeverGetReady);
        await starter.FirstLine.WaitAsync(TimeSpan.FromSeconds(20));
        var below = Leftovers.Below(starter.Outer.Id);
        var namespaces = leftovers.NamespacesOf(below[1]);
        namespaces.Should().HaveCount(4);

        starter.Outer.Kill();
        await starter.WaitForExitAsync();

        await leftovers.ShouldBeNoneAsync(namespaces, below);
    }

    private static async Task ServeStore(SandboxInterior interior, string[] arguments)
    {
        var logs = Directory.CreateDirectory(SandboxPaths.Logs);
        var environment = new LocalEnvironment(new LocalOptions(), TimeProvider.System);
        await DetachedStack.RunAsync(
            interior, environment, TestStacks.Spec((Roles.Dcs, 1), (Roles.Workload, 1)), logs, TimeProvider.System);
    }

    private static Task FailToComeUp(SandboxInterior interior, string[] arguments) => DetachedStack.RunAsync(
        interior,
        new LocalEnvironment(new LocalOptions(), TimeProvider.System),
        TestStacks.Spec((Roles.Dcs, 7)),
        new DirectoryInfo(arguments[0]),
        TimeProvider.System);

    private static Task Crash(SandboxInterior interior, string[] arguments) =>
        throw new InvalidOperationException("these are my last words");

    private static Task NeverGetReady(SandboxInterior interior, string[] arguments)
    {
        interior.ReportProgress("waiting for nothing");
        return Task.Delay(TimeSpan.FromMinutes(1));
    }

    private static string NewName() => $"test-{Guid.NewGuid():N}";

    private static async Task<Up> UpAsync(As user)
    {
        var name = NewName();
        using var starter = Sandboxed.StartDetached(user, name, ServeStore);
        await starter.WaitForExitAsync();
        starter.Outer.ExitCode.Should().Be(0, starter.Output);
        return new Up(RunningStack.FindAll().Single(running => running.Name == name));
    }

    /// <summary>A detached stack that goes down with the test, however that ends.</summary>
    private sealed record Up(RunningStack Stack) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Native.Signal(Stack.ProcessId, Native.SigKill);
            await StackInside.UntilAsync("the stack to be gone", 5, () => RunningStack.FindAll().All(running => running.Name != Stack.Name));
        }
    }
}
