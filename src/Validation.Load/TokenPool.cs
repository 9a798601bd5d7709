using System.Collections.Concurrent;

namespace Validation.Load;

/// <summary>Lends sources of cancellation tokens, of which one for every operation would be the dearest part of it.</summary>
internal sealed class TokenPool
{
    private readonly ConcurrentQueue<CancellationTokenSource> _idle = new();

    /// <summary>Lends a source.</summary>
    public CancellationTokenSource Rent() => _idle.TryDequeue(out var source) ? source : new CancellationTokenSource();

    /// <summary>Takes a source back that nobody will cancel any more.</summary>
    /// <param name="source">The source.</param>
    public void Return(CancellationTokenSource source)
    {
        if (source.TryReset())
        {
            _idle.Enqueue(source);
        }
    }
}
