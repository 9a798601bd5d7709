using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Spire.Wire.Certificates;

/// <summary>One key for many threads: making a key object is slow, and none may be used by two threads at once.</summary>
internal sealed class KeyPool
{
    private readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];
    private readonly Func<AsymmetricAlgorithm> _create;

    public KeyPool(Func<AsymmetricAlgorithm> create) => _create = create;

    /// <summary>Does something with the key.</summary>
    public T Use<T>(Func<AsymmetricAlgorithm, T> action)
    {
        if (!_idle.TryTake(out var key))
        {
            key = _create();
        }

        try
        {
            return action(key);
        }
        finally
        {
            _idle.Add(key);
        }
    }

    /// <summary>Disposes of the key objects that nobody uses now; the next use makes another.</summary>
    public void Empty()
    {
        while (_idle.TryTake(out var key))
        {
            key.Dispose();
        }
    }
}
