namespace Spire.Wire.Certificates;

/// <summary>
/// What OpenSSL keeps of a certificate and its key for a TLS context. It cannot be disposed of: only the collector frees it,
/// and sees nothing of it. So the collector is told, and asked to come when much of it is needed by nobody any more.
/// </summary>
internal sealed class NativeWeight
{
    private const int Bytes = 16 * 1024;

    // 4 MB may wait for the collector in any case, and an eighth of all in a process with many.
    private const int FewestThatWait = 256;
    private const int ShareThatWaits = 8;

    private static int _all;
    private static int _waiting;

    private int _isLetGo;

    /// <summary>Tells the collector.</summary>
    public NativeWeight()
    {
        Interlocked.Increment(ref _all);
        GC.AddMemoryPressure(Bytes);
    }

    /// <summary>Called by the collector.</summary>
    ~NativeWeight()
    {
        Interlocked.Decrement(ref _all);
        GC.RemoveMemoryPressure(Bytes);
    }

    /// <summary>Says that nobody needs it any more; saying it again means nothing.</summary>
    public void LetGo()
    {
        if (Interlocked.Exchange(ref _isLetGo, 1) != 0
            || Interlocked.Increment(ref _waiting) < Math.Max(FewestThatWait, Volatile.Read(ref _all) / ShareThatWaits))
        {
            return;
        }

        Volatile.Write(ref _waiting, 0);

        // In the background: whoever renews would be held up otherwise.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }
}
