using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed class SandboxSystemTests
{
    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public async Task Inside_AnyUser_IsPidOneWithItsOwnRunAndTemporaryDirectory(As user)
    {
        Sandboxed.SkipUnlessPossible(user);

        await Sandboxed.RunAsync(user, LookAround);
    }

    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public async Task Inside_ParentEndsBeforeItsChild_TheOrphanIsReapedAndNoExitCodeIsStolen(As user)
    {
        Sandboxed.SkipUnlessPossible(user);

        await Sandboxed.RunAsync(user, MakeOrphans);
    }

    [SkippableTheory]
    [InlineData(As.Root, 15)]
    [InlineData(As.OrdinaryUser, 15)]
    [InlineData(As.Root, 1)]
    public async Task Outer_IsAskedToEnd_TheInnerEndsInItsOwnWay(As user, int signal)
    {
        Sandboxed.SkipUnlessPossible(user);
        using var sandboxed = Sandboxed.Start(user, WaitForTheEnd);
        await sandboxed.FirstLine.WaitAsync(TimeSpan.FromSeconds(20));

        Native.Signal(sandboxed.Outer.Id, signal);
        await sandboxed.WaitForExitAsync();

        sandboxed.Outer.ExitCode.Should().Be(0, sandboxed.Output);
        sandboxed.Output.Should().Contain("ended in good order");
    }

    [SkippableFact]
    public async Task Outer_IsAskedTwice_DoesNotWaitForTheInner()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser);
        using var sandboxed = Sandboxed.Start(As.OrdinaryUser, IgnoreEverything);
        await sandboxed.FirstLine.WaitAsync(TimeSpan.FromSeconds(20));

        Native.Signal(sandboxed.Outer.Id, Native.SigTerm);
        await Task.Delay(300);
        sandboxed.Outer.HasExited.Should().BeFalse();
        Native.Signal(sandboxed.Outer.Id, Native.SigTerm);
        await sandboxed.WaitForExitAsync();

        sandboxed.Outer.ExitCode.Should().Be((int)ExitCode.EnvironmentFailed);
        sandboxed.Output.Should().Contain("ended by signal 9");
    }

    // Who is killed: the outer process, the one that made the namespaces, or PID 1 in them.
    [SkippableTheory]
    [InlineData(As.Root, 0)]
    [InlineData(As.Root, 1)]
    [InlineData(As.Root, 2)]
    [InlineData(As.OrdinaryUser, 0)]
    [InlineData(As.OrdinaryUser, 1)]
    [InlineData(As.OrdinaryUser, 2)]
    public async Task Killed_AnyOfTheThreeProcesses_NothingIsLeft(As user, int victim)
    {
        Sandboxed.SkipUnlessPossible(user);
        var leftovers = new Leftovers();
        using var sandboxed = Sandboxed.Start(user, WaitWithProcesses);
        await sandboxed.FirstLine.WaitAsync(TimeSpan.FromSeconds(20));
        var below = Leftovers.Below(sandboxed.Outer.Id);
        var namespaces = leftovers.NamespacesOf(below[1]);
        namespaces.Should().HaveCount(4);

        Native.Signal(((int[])[sandboxed.Outer.Id, .. below])[victim], Native.SigKill);
        await sandboxed.WaitForExitAsync();

        await leftovers.ShouldBeNoneAsync(namespaces, [sandboxed.Outer.Id, .. below]);
    }

    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public async Task Killed_AtAnyInstantOfItsStart_NothingIsLeft(As user)
    {
        Sandboxed.SkipUnlessPossible(user);
        for (var milliseconds = 20; milliseconds <= 400; milliseconds += 20)
        {
            var leftovers = new Leftovers();
            using var sandboxed = Sandboxed.Start(user, WaitWithProcesses);
            await Task.Delay(milliseconds);
            var below = Leftovers.Below(sandboxed.Outer.Id);
            var namespaces = below.SelectMany(leftovers.NamespacesOf).ToHashSet();

            sandboxed.Outer.Kill();
            await sandboxed.WaitForExitAsync();

            await leftovers.ShouldBeNoneAsync(namespaces, [sandboxed.Outer.Id, .. below]);
        }
    }

    [SkippableFact]
    public async Task Leftovers_OfASandboxThatLives_AreFound()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser);
        var leftovers = new Leftovers();
        using var sandboxed = Sandboxed.Start(As.OrdinaryUser, WaitWithProcesses);
        await sandboxed.FirstLine.WaitAsync(TimeSpan.FromSeconds(20));
        var below = Leftovers.Below(sandboxed.Outer.Id);

        var looking = () => leftovers.ShouldBeNoneAsync(leftovers.NamespacesOf(below[1]), below, seconds: 0.2);

        await looking.Should().ThrowAsync<Exception>().WithMessage($"*process {below[1]} in pid:*");
    }

    [SkippableFact]
    public async Task Body_ThatFailsInside_FailsOutside()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser);

        var running = () => Sandboxed.RunAsync(As.OrdinaryUser, Fail);

        await running.Should().ThrowAsync<Exception>().WithMessage("*two is not one*");
    }

    private static Task Fail(SandboxInterior interior, string[] arguments)
    {
        2.Should().Be(1, "two is not one");
        return Task.CompletedTask;
    }

    private static Task LookAround(SandboxInterior interior, string[] arguments)
    {
        Environment.ProcessId.Should().Be(1);
        Path.GetTempPath().Should().StartWith("/run/validation/");
        Directory.GetFileSystemEntries("/run").Should().Equal("/run/validation");
        Directory.GetFileSystemEntries("/dev/shm").Should().BeEmpty();
        ProcessTable.Read().Should().ContainSingle("nobody else is in this namespace");
        File.ReadAllText("/proc/sys/net/ipv4/ip_forward").Trim().Should().Be("1");
        File.ReadAllText("/proc/sysvipc/shm").Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(1, "it has a heading");
        return Task.CompletedTask;
    }

    private static async Task MakeOrphans(SandboxInterior interior, string[] arguments)
    {
        for (var round = 0; round < 20; round++)
        {
            var result = await Tool.TryRunAsync(["sh", "-c", "sleep 0.05 & exit 7"], null, Tool.DefaultLimit, CancellationToken.None);
            result.ExitCode.Should().Be(7);
        }

        await Task.Delay(1000);
        ProcessTable.Read().Should().ContainSingle("all orphans have ended and were reaped");
    }

    private static async Task WaitForTheEnd(SandboxInterior interior, string[] arguments)
    {
        Console.WriteLine("inside");
        await Task.Delay(Timeout.Infinite, interior.Stopping).ContinueWith(_ => { }, TaskScheduler.Default);
        Console.WriteLine("ended in good order");
    }

    private static Task IgnoreEverything(SandboxInterior interior, string[] arguments)
    {
        Console.WriteLine("inside");
        return Task.Delay(TimeSpan.FromMinutes(1));
    }

    private static async Task WaitWithProcesses(SandboxInterior interior, string[] arguments)
    {
        using var own = System.Diagnostics.Process.Start("sh", ["-c", "setsid sleep 1000 & exec sleep 1000"]);
        await Tool.RunAsync(["ip", "netns", "add", "left"], null, CancellationToken.None);
        await Tool.RunAsync(["nft", "add", "table", "inet", "left"], null, CancellationToken.None);
        Console.WriteLine("inside");
        await Task.Delay(TimeSpan.FromMinutes(1));
    }
}
