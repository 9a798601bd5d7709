using Validation.Core.Faults;

namespace Validation.Faults;

/// <summary>One fault on several nodes: in force, or over, when it is so on each of them.</summary>
internal sealed class OnEachNode : IInjection
{
    private readonly IReadOnlyList<IInjection> _each;

    private OnEachNode(IReadOnlyList<IInjection> each) => _each = each;

    /// <inheritdoc/>
    public TimeSpan Length => _each[0].Length;

    /// <summary>Injects into one node after the other.</summary>
    /// <typeparam name="T">What the nodes can do.</typeparam>
    /// <param name="nodes">The nodes.</param>
    /// <param name="inject">Injects into one of them.</param>
    /// <returns>The injection; the only one when there is one node.</returns>
    public static async Task<IInjection> InjectAsync<T>(IReadOnlyList<T> nodes, Func<T, Task<IInjection>> inject)
    {
        var each = new List<IInjection>();
        try
        {
            foreach (var node in nodes)
            {
                each.Add(await inject(node));
            }

            return each.Count == 1 ? each[0] : new OnEachNode(each);
        }
        catch
        {
            foreach (var one in each)
            {
                await one.DisposeAsync();
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => AllAsync(one => one.ProveInjectedAsync(cancellationToken));

    /// <inheritdoc/>
    public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => AllAsync(one => one.ProveHeldAsync(cancellationToken));

    /// <inheritdoc/>
    public Task HealAsync(CancellationToken cancellationToken) => Task.WhenAll(_each.Select(one => one.HealAsync(cancellationToken)));

    /// <inheritdoc/>
    public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => AllAsync(one => one.ProveHealedAsync(cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_each.Select(one => one.DisposeAsync().AsTask()));

    private async Task<Proof> AllAsync(Func<IInjection, Task<Proof>> look)
    {
        var proofs = await Task.WhenAll(_each.Select(look));
        return proofs.FirstOrDefault(proof => proof.State != ProofState.Proven) ?? Proof.Proven(string.Join(' ', proofs.Select(proof => proof.Statement)));
    }
}
