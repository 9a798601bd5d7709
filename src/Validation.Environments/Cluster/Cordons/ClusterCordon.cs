using Validation.Core.Stacks;

namespace Validation.Environments.Cluster.Cordons;

/// <summary>Kubernetes nodes that a fault has closed to new pods.</summary>
internal sealed class ClusterCordon : ICordon
{
    private static readonly TimeSpan LiftLimit = TimeSpan.FromSeconds(60);

    private readonly List<string> _closed = [];
    private readonly CordonMarks _marks;
    private readonly TimeProvider _time;

    private ClusterCordon(CordonMarks marks, TimeProvider time) => (_marks, _time) = (marks, time);

    /// <inheritdoc/>
    public IReadOnlyCollection<string> KubernetesNodes => _closed;

    /// <summary>Closes Kubernetes nodes.</summary>
    /// <param name="marks">Closes and opens them.</param>
    /// <param name="kubernetesNodes">Their names.</param>
    /// <param name="run">The run.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt; none stays closed.</param>
    /// <exception cref="HarnessException">One of them was closed already, or the API server refused.</exception>
    public static async Task<ClusterCordon> BeginAsync(
        CordonMarks marks, IEnumerable<string> kubernetesNodes, string run, TimeProvider time, CancellationToken cancellationToken)
    {
        var cordon = new ClusterCordon(marks, time);
        try
        {
            foreach (var name in kubernetesNodes)
            {
                await cordon.CloseAsync(name, run, cancellationToken);
            }

            return cordon;
        }
        catch
        {
            await cordon.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyCollection<string>> AskClosedAsync(CancellationToken cancellationToken)
    {
        var closed = new List<string>();
        foreach (var name in KubernetesNodes)
        {
            if (await _marks.AskClosedAsync(name, cancellationToken))
            {
                closed.Add(name);
            }
        }

        return closed;
    }

    /// <inheritdoc/>
    public async Task LiftAsync(CancellationToken cancellationToken)
    {
        foreach (var name in KubernetesNodes)
        {
            await _marks.OpenAsync(name, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(LiftLimit, _time);
        await LiftAsync(limit.Token);
    }

    private async Task CloseAsync(string name, string run, CancellationToken cancellationToken)
    {
        // Counted as closed before the answer is there, because the answer may be lost.
        _closed.Add(name);
        if (!await _marks.CloseAsync(name, run, cancellationToken))
        {
            _closed.Remove(name);
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"Kubernetes node {name} is cordoned already or is gone; who cordoned it may not want that undone.");
        }
    }
}
