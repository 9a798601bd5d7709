using System.Globalization;
using Validation.Core.Stacks;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Resources;

/// <summary>Limits of a node's running processes, set and read in the kernel with <c>prlimit</c>.</summary>
/// <remarks>
/// Only soft limits are changed: an ordinary user could not raise a hard one again. New processes inherit them from
/// those that start them; all that came otherwise, or gave something back, are found by looking again and again.
/// </remarks>
internal sealed class ProcessLimits : IProcessLimit
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _ended = new();
    private readonly Dictionary<int, long> _before = [];
    private readonly Dictionary<int, long> _ordered = [];
    private readonly Func<int> _incarnation;
    private readonly NodeProcesses _processes;
    private readonly ProcessResource _resource;
    private readonly LeaseGuard _guard;
    private readonly long _leave;
    private readonly int _hit;
    private Task _looking = Task.CompletedTask;

    private ProcessLimits(
        NodeProcesses processes, string networkNamespace, Func<int> incarnation, ProcessResource resource, long leave, TimeSpan lease, TimeProvider time)
    {
        (_processes, _incarnation, _resource, _leave, _hit) = (processes, incarnation, resource, leave, incarnation());
        foreach (var pid in processes.Find())
        {
            _before[pid] = Native.ReadLimit(pid, NumberOf(resource));
        }

        _guard = new LeaseGuard(lease, Undo(networkNamespace), time);
    }

    private long LimitBefore => _before.Values.DefaultIfEmpty(Native.NoLimit).Max();

    /// <summary>Sets the limits.</summary>
    /// <param name="processes">The node's processes.</param>
    /// <param name="networkNamespace">The node's network namespace as the kernel names it.</param>
    /// <param name="incarnation">Returns the node's incarnation.</param>
    /// <param name="resource">What is limited.</param>
    /// <param name="leave">How much more each may have.</param>
    /// <param name="lease">After which time the limits end by themselves.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="HarnessException">The kernel refused; nothing stays limited.</exception>
    public static async Task<ProcessLimits> SetAsync(
        NodeProcesses processes, string networkNamespace, Func<int> incarnation, ProcessResource resource, long leave, TimeSpan lease, TimeProvider time)
    {
        var limits = new ProcessLimits(processes, networkNamespace, incarnation, resource, leave, lease, time);
        try
        {
            limits.Look();
            limits._looking = limits.LookAgainAsync(time);
            return limits;
        }
        catch
        {
            await limits.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LimitedProcess>> ReadAsync(CancellationToken cancellationToken)
    {
        var read = new List<LimitedProcess>();
        foreach (var pid in _processes.Find())
        {
            if (Native.ReadLimit(pid, NumberOf(_resource)) is >= 0 and var limit && ProcessHoldings.Read(pid, _resource) is { } holdings)
            {
                read.Add(new LimitedProcess(pid, holdings.RemainingBelow(limit), limit < _before.GetValueOrDefault(pid, LimitBefore)));
            }
        }

        return Task.FromResult<IReadOnlyList<LimitedProcess>>(read);
    }

    /// <inheritdoc/>
    public async Task HealAsync(CancellationToken cancellationToken)
    {
        await _ended.CancelAsync();
        await _looking;
        await _guard.EndAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await HealAsync(CancellationToken.None);
        _guard.Dispose();
        _ended.Dispose();
    }

    private static int NumberOf(ProcessResource resource) => resource == ProcessResource.Memory ? Native.DataSize : Native.OpenFiles;

    private static string Text(long limit) => limit == Native.NoLimit ? "unlimited" : limit.ToString(CultureInfo.InvariantCulture);

    // Whoever was started meanwhile has inherited the limit and gets back the largest of those from before.
    private string Undo(string networkNamespace) =>
        $"""
        ended=0
        for process in /proc/[0-9]*; do
          [ "$(readlink $process/ns/net)" = '{networkNamespace}' ] || continue
          case $process in {string.Concat(_before.Select(before => $"/proc/{before.Key}) limit={Text(before.Value)};; "))}*) limit={Text(LimitBefore)};; esac
          prlimit --pid "$(basename $process)" --{(_resource == ProcessResource.Memory ? "data" : "nofile")}=$limit: || [ ! -e $process ] || ended=1
        done
        exit $ended
        """;

    private void Look()
    {
        // A leak is cured by a new start; what a machine has for the node is not.
        if (_resource == ProcessResource.FileDescriptors && _incarnation() != _hit)
        {
            return;
        }

        foreach (var pid in _processes.Find())
        {
            if (ProcessHoldings.Read(pid, _resource) is not { } holdings)
            {
                continue;
            }

            var limit = holdings.LimitThatLeaves(_leave);
            if (_resource == ProcessResource.Memory)
            {
                limit = _ordered.TryGetValue(pid, out var ordered) ? ordered : _before.ContainsKey(pid) ? limit : _ordered.Values.DefaultIfEmpty(limit).Max();
                _ordered[pid] = limit;
            }

            if (Native.ReadLimit(pid, NumberOf(_resource)) is >= 0 and var now && limit < now)
            {
                Native.SetSoftLimit(pid, NumberOf(_resource), limit);
            }
        }
    }

    private async Task LookAgainAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                Look();
            }
        }
        catch (OperationCanceledException)
        {
            // The fault is over.
        }
        catch (HarnessException)
        {
            // The proof at the end sees who is not limited.
        }
    }
}
