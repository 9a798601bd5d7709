using System.Globalization;
using Validation.Core.Stacks;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Resources;

/// <summary>Processes on a node that do nothing but use processor time. They are the node's own: whoever kills the node ends them.</summary>
internal sealed class BusyWork : IProcessorPressure
{
    private readonly LeaseGuard _guard;
    private readonly IReadOnlyList<int> _workers;
    private readonly TimeProvider _time;
    private readonly long _begun;

    private BusyWork(LeaseGuard guard, IReadOnlyList<int> workers, TimeProvider time) =>
        (_guard, _workers, _time, _begun) = (guard, workers, time, time.GetTimestamp());

    private int[] Alive => [.. _workers.Where(ProcessTable.IsAlive)];

    /// <summary>Starts them.</summary>
    /// <param name="node">The node's namespace.</param>
    /// <param name="workers">How many.</param>
    /// <param name="lease">They end by themselves after this time.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt; none stays.</param>
    public static async Task<BusyWork> StartAsync(NodeNamespace node, int workers, TimeSpan lease, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = $"pids=; for worker in $(seq {workers}); do (while :; do :; done) >/dev/null 2>&1 & pids=\"$pids $!\"; done; echo $pids;";
        var guard = new LeaseGuard(lease, "kill -KILL $pids 2>/dev/null; :", time, start, [ProgramFinder.Require("nsenter"), $"--net={node.Path}", "--"]);
        var pids = await guard.ReadLineAsync(cancellationToken);
        return new BusyWork(guard, [.. pids.Split(' ').Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))], time);
    }

    /// <inheritdoc/>
    public Task<ProcessorUse> ReadAsync(CancellationToken cancellationToken)
    {
        var used = _workers.Select(ProcessTable.ProcessorTimeOf).OfType<TimeSpan>().Aggregate(TimeSpan.Zero, (sum, time) => sum + time);
        return Task.FromResult(new ProcessorUse(_time.GetElapsedTime(_begun), used, Alive.Length, 0));
    }

    /// <inheritdoc/>
    public async Task HealAsync(CancellationToken cancellationToken)
    {
        await _guard.EndAsync();
        // A guard that was killed has not ended them.
        await Signals.KillAsync(() => Alive, _time, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await HealAsync(CancellationToken.None);
        _guard.Dispose();
    }
}
