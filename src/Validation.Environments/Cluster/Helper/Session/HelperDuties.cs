using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Cluster.Helper.Session;

/// <summary>Carries out the orders of one session. Disposing undoes all that is not undone yet.</summary>
internal sealed class HelperDuties : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);

    private readonly PodFinder _finder;
    private readonly TimeProvider _time;
    private readonly HeldPods _held;
    private readonly FrozenPods _frozen;
    private readonly PodCuts _cuts;
    private readonly PodProbes _probes;

    /// <summary>Creates the duties; nothing is done yet.</summary>
    /// <param name="finder">Finds processes.</param>
    /// <param name="time">The clock.</param>
    public HelperDuties(PodFinder finder, TimeProvider time)
    {
        (_finder, _time) = (finder, time);
        (_held, _frozen, _cuts, _probes) = (new(finder, time), new(finder, time), new(finder, time), new(finder, time));
    }

    /// <summary>Carries out an order.</summary>
    /// <param name="order">The order.</param>
    /// <param name="cancellationToken">Ends the attempt, because the session ends.</param>
    /// <returns>Its report.</returns>
    /// <exception cref="HarnessException">It could not be carried out.</exception>
    public async Task<object> CarryOutAsync(HelperOrder order, CancellationToken cancellationToken) => order switch
    {
        Beat => new BeatReport(await _cuts.FindBrokenAsync(cancellationToken)),
        Look look => LookAt(look.Pod),
        Kill kill => await KillAsync(kill, cancellationToken),
        Stop stop => await StopAsync(stop, cancellationToken),
        Release release => await DoneAsync(_held.ReleaseAsync(release.Pod)),
        Freeze freeze => new HitReport(await _frozen.FreezeAsync(freeze.Pod, TimeSpan.FromMilliseconds(freeze.LeaseMs), cancellationToken)),
        Wake wake => new HitReport(await _frozen.WakeAsync(wake.Pod)),
        Clean clean => await CleanAsync(clean.Pod, cancellationToken),
        Cut cut => await DoneAsync(_cuts.CutAsync(cut, cancellationToken)),
        ReadDrops read => await _cuts.ReadAsync(read.Id, cancellationToken),
        Heal heal => await DoneAsync(_cuts.HealAsync(heal.Id, cancellationToken)),
        Listen listen => await _probes.ListenAsync(listen),
        Send send => await DoneAsync(_probes.SendAsync(send, cancellationToken)),
        Hear hear => await _probes.HearAsync(hear.Probe, TimeSpan.FromMilliseconds(hear.WaitMs)),
        _ => throw new HarnessException(ExitCode.InvalidInput, $"there is no order '{order.GetType().Name}'."),
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _frozen.DisposeAsync();
        await _held.DisposeAsync();
        await _cuts.DisposeAsync();
        _probes.Dispose();
    }

    private static async Task<Done> DoneAsync(Task work)
    {
        await work;
        return new Done();
    }

    private PodReport LookAt(PodOnNode pod)
    {
        var processes = _finder.Find(pod);
        return new PodReport(processes.Count, processes.Count > 0 && processes.All(process => Signals.IsStopped(process.Pid)));
    }

    private async Task<HitReport> KillAsync(Kill order, CancellationToken cancellationToken)
    {
        var containers = _finder.Find(order.Pod).Select(process => process.Container).ToHashSet();
        if (order.Hold)
        {
            _held.Hold(order.Pod);
        }

        // What the kubelet starts meanwhile is in another container; only a hold concerns that one.
        return new HitReport(await KillAsync(order.Pod, containers, cancellationToken));
    }

    private async Task<HitReport> StopAsync(Stop order, CancellationToken cancellationToken)
    {
        var processes = _finder.Find(order.Pod);
        var containers = processes.Select(process => process.Container).ToHashSet();
        var mains = MainsOf(processes);
        var asked = mains.Count(pid => Native.Signal(pid, Native.SigTerm));
        var inTime = await EndedWithinAsync(mains, TimeSpan.FromMilliseconds(order.GraceMs), cancellationToken);
        if (order.Hold)
        {
            _held.Hold(order.Pod);
        }

        await KillAsync(order.Pod, containers, cancellationToken);
        return new HitReport(asked, asked > 0 && inTime);
    }

    private async Task<Done> CleanAsync(PodOnNode pod, CancellationToken cancellationToken)
    {
        await _held.ReleaseAsync(pod);
        await _frozen.WakeAsync(pod);
        await _cuts.CleanAsync(pod, cancellationToken);
        return new Done();
    }

    private Task<int> KillAsync(PodOnNode pod, HashSet<string> containers, CancellationToken cancellationToken) => Signals.KillAsync(
        () => [.. _finder.Find(pod).Where(process => containers.Contains(process.Container)).Select(process => process.Pid)],
        _time,
        cancellationToken);

    private async Task<bool> EndedWithinAsync(int[] pids, TimeSpan grace, CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        while (pids.Any(ProcessTable.IsAlive))
        {
            if (_time.GetElapsedTime(begun) > grace)
            {
                return false;
            }

            await Task.Delay(LookInterval, _time, cancellationToken);
        }

        return true;
    }

    // A container's first process was started by the runtime, whose cgroup is another one.
    private static int[] MainsOf(IReadOnlyList<PodProcess> processes)
    {
        var containers = processes.ToDictionary(process => process.Pid, process => process.Container);
        return [.. processes.Where(process => containers.GetValueOrDefault(process.Parent) != process.Container).Select(process => process.Pid)];
    }
}
