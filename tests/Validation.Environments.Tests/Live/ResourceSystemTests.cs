using System.Diagnostics;
using Validation.Core.Stacks;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Resources;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Local.Supervisor;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

/// <summary>What takes resources from a node, in the kernel; and that all of it ends by itself when nobody ends it.</summary>
[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed class ResourceSystemTests
{
    private const string Busy = "while :; do :; done";
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1), Short = TimeSpan.FromSeconds(1);

    [SkippableFact]
    public Task Processor_OfANode_IsOccupiedAndThrottled() => InsideAsync(TakeProcessorTime);

    [SkippableFact]
    public Task LimitsAndSpace_OfANode_AreTakenAndGivenBack() => InsideAsync(TakeLimitsAndSpace);

    [SkippableFact]
    public Task Everything_ThatNobodyGivesBack_EndsWithItsLease() => InsideAsync(LetTheLeasesEnd);

    private static async Task InsideAsync(Func<SandboxInterior, string[], Task> body)
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser);
        await Sandboxed.RunAsync(As.OrdinaryUser, body);
    }

    private static Task TakeProcessorTime(SandboxInterior interior, string[] arguments) => OnANodeAsync(arguments, Busy, async node =>
    {
        var main = ProcessTable.Read().Single(process => process.Parent == Environment.ProcessId).Pid;
        await using (var pressure = await node.ThrottleAsync(0.1, Long, CancellationToken.None))
        {
            await pressure.ReadAsync(CancellationToken.None);
            (await ShareAsync(main)).Should().BeLessThan(0.2);
            (await pressure.ReadAsync(CancellationToken.None)).Stops.Should().BePositive();
        }

        (await node.IsFrozenAsync(CancellationToken.None)).Should().BeFalse();

        var work = await node.OccupyAsync(2, Long, CancellationToken.None);
        await StackInside.UntilAsync("both to be busy", 5, async () => await work.ReadAsync(CancellationToken.None) is { Processes: 2, Used.Ticks: > 0 });
        (await node.CountProcessesAsync(CancellationToken.None)).Should().BeGreaterThan(2);
        await work.DisposeAsync();
        (await work.ReadAsync(CancellationToken.None)).Processes.Should().Be(0);
    });

    private static Task TakeLimitsAndSpace(SandboxInterior interior, string[] arguments) => OnANodeAsync(arguments, "exec sleep 1000", async node =>
    {
        var pid = ProcessTable.Read().Single(process => process.Parent == Environment.ProcessId).Pid;
        var before = (Native.ReadLimit(pid, Native.OpenFiles), Native.ReadLimit(pid, Native.DataSize));
        await using (var descriptors = await node.LimitAsync(ProcessResource.FileDescriptors, 1, Long, CancellationToken.None))
        await using (var memory = await node.LimitAsync(ProcessResource.Memory, 4096, Long, CancellationToken.None))
        {
            (await descriptors.ReadAsync(CancellationToken.None)).Should().Equal(new LimitedProcess(pid, 1, IsLimited: true));
            (await memory.ReadAsync(CancellationToken.None)).Should().Equal(new LimitedProcess(pid, 4096, IsLimited: true));
            File.ReadAllText($"/proc/{pid}/limits").Should().MatchRegex("Max open files +4 ");
        }

        (Native.ReadLimit(pid, Native.OpenFiles), Native.ReadLimit(pid, Native.DataSize)).Should().Be(before);

        (await node.TryWriteAsync(1 << 20, CancellationToken.None)).Should().BeTrue();
        await using (await node.FillAsync(Long, CancellationToken.None))
        {
            (await node.TryWriteAsync(1 << 20, CancellationToken.None)).Should().BeFalse();
        }

        (await node.TryWriteAsync(1 << 20, CancellationToken.None)).Should().BeTrue();
    });

    private static Task LetTheLeasesEnd(SandboxInterior interior, string[] arguments) => OnANodeAsync(arguments, "exec sleep 1000", async node =>
    {
        var pid = ProcessTable.Read().Single(process => process.Parent == Environment.ProcessId).Pid;
        var before = Native.ReadLimit(pid, Native.DataSize);
        var work = await node.OccupyAsync(1, Short, CancellationToken.None);
        await node.LimitAsync(ProcessResource.Memory, 0, Short, CancellationToken.None);
        Native.ReadLimit(pid, Native.DataSize).Should().BeLessThan(before);
        await node.FillAsync(Short, CancellationToken.None);
        var throttle = await node.ThrottleAsync(0.01, Short, CancellationToken.None);

        await StackInside.UntilAsync("the busy process to end", 5, async () => (await work.ReadAsync(CancellationToken.None)).Processes == 0);
        await StackInside.UntilAsync("the space to come back", 5, () => node.TryWriteAsync(1 << 20, CancellationToken.None));
        await StackInside.UntilAsync("the throttler to end", 5, async () =>
        {
            var ask = () => throttle.ReadAsync(CancellationToken.None);
            return await Record.ExceptionAsync(ask) is HarnessException;
        });
        await StackInside.UntilAsync("the limit to end", 5, () => Native.ReadLimit(pid, Native.DataSize) == before);
        ProcessTable.ThreadStates(pid).Should().NotContain(ProcessTable.Stopped);
    });

    private static async Task<double> ShareAsync(int pid)
    {
        var (before, watch) = (ProcessTable.ProcessorTimeOf(pid), Stopwatch.StartNew());
        await Task.Delay(1500);
        return (ProcessTable.ProcessorTimeOf(pid) - before)!.Value / watch.Elapsed;
    }

    private static async Task OnANodeAsync(string[] arguments, string script, Func<ProcessNode, Task> body)
    {
        var (star, places) = await StackInside.LayStarAsync(1);
        NodeStorage.Make(new DirectoryInfo(Path.Combine(SandboxPaths.Root, places[0].Name)));
        var node = StackInside.MakeNode(star, places[0], arguments, script, new StackInside.FixedProbe(() => null));
        node.Start();
        await node.WaitUntilReadyAsync(CancellationToken.None);
        await body(node);
        await node.DisposeAsync();
        await star.DisposeAsync();
    }
}
