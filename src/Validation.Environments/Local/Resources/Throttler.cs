using System.Text.Json;
using Validation.Core.Stacks;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Resources;

/// <summary>
/// The process that throttles a node: it stops the node's processes when they have used their share of a processor, and
/// lets them go on when time has earned them more, as a control group's quota does. It ends with its input or its lease,
/// and leaves nobody stopped.
/// </summary>
/// <remarks>Control groups need root, and a directory of theirs would outlive a harness that is killed.</remarks>
public static class Throttler
{
    /// <summary>The argument by which a program of the harness is started as the throttler.</summary>
    public const string Command = "throttler";

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Throttles until the input ends, or the lease; answers each line of the input with a <see cref="ProcessorUse"/>.</summary>
    /// <param name="input">Where questions come from.</param>
    /// <param name="output">Where answers go.</param>
    /// <param name="networkNamespace">The node's network namespace as the kernel names it.</param>
    /// <param name="share">How much of one processor the node may use.</param>
    /// <param name="lease">After which time it ends by itself.</param>
    /// <param name="time">The clock.</param>
    public static async Task RunAsync(TextReader input, TextWriter output, string networkNamespace, double share, TimeSpan lease, TimeProvider time)
    {
        using var ended = new CancellationTokenSource(lease, time);
        var use = new ProcessorUse(TimeSpan.Zero, TimeSpan.Zero, 0, 0);
        // Reading from a console blocks; the end of the lease must be noticed all the same.
        var answering = Task.Run(
            async () =>
            {
                while (await input.ReadLineAsync(CancellationToken.None) is not null)
                {
                    await output.WriteLineAsync(JsonSerializer.Serialize(Volatile.Read(ref use), HarnessJson.Lines));
                    await output.FlushAsync(CancellationToken.None);
                }

                await ended.CancelAsync();
            },
            CancellationToken.None);
        try
        {
            await ThrottleAsync(networkNamespace, share, time, seen => Volatile.Write(ref use, seen), ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The fault is over.
        }
        finally
        {
            Signal(ProcessTable.InNetworkNamespace(networkNamespace), Native.SigCont);
        }

        _ = answering;
    }

    private static async Task ThrottleAsync(string networkNamespace, double share, TimeProvider time, Action<ProcessorUse> seen, CancellationToken cancellationToken)
    {
        var budget = new ProcessorBudget(share, Period);
        var (begun, stops, mayRun, total) = (time.GetTimestamp(), 0, true, TimeSpan.Zero);
        var (look, found) = (TimeSpan.Zero, Array.Empty<int>());
        var (before, times) = (TimeSpan.Zero, new Dictionary<int, TimeSpan>());
        while (true)
        {
            var now = time.GetElapsedTime(begun);
            if (now >= look)
            {
                (look, found) = (now + Period, [.. ProcessTable.InNetworkNamespace(networkNamespace)]);
            }

            var used = UsedSince(times, found);
            total += used;
            var may = budget.Spend(now - before, used);
            before = now;
            stops += mayRun && !may ? 1 : 0;
            if (!may || !mayRun)
            {
                // To all of them each time: there may be new ones.
                Signal(found, may ? Native.SigCont : Native.SigStop);
            }

            mayRun = may;
            seen(new ProcessorUse(now, total, found.Length, stops));
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    // A process that is seen for the first time has used what it used before.
    private static TimeSpan UsedSince(Dictionary<int, TimeSpan> times, int[] pids)
    {
        var used = TimeSpan.Zero;
        foreach (var pid in pids)
        {
            if (ProcessTable.ProcessorTimeOf(pid) is { } now)
            {
                used += now - times.GetValueOrDefault(pid, now);
                times[pid] = now;
            }
        }

        return used;
    }

    private static void Signal(IEnumerable<int> pids, int signal)
    {
        foreach (var pid in pids)
        {
            Native.Signal(pid, signal);
        }
    }
}
