namespace EmbeddedSpire.Server.Calls;

/// <summary>A bucket of tokens that fills steadily. Those who find it empty wait in line rather than being sent away.</summary>
internal sealed class TokenBucket
{
    private readonly int _rate;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private double _tokens;
    private long _filledAt;

    /// <summary>Creates a full bucket.</summary>
    /// <param name="rate">Tokens per second, and how many fit in.</param>
    /// <param name="time">The clock.</param>
    public TokenBucket(int rate, TimeProvider time)
    {
        _rate = rate;
        _time = time;
        _tokens = rate;
        _filledAt = time.GetTimestamp();
    }

    /// <summary>Gets whether nobody has taken anything for so long that a new bucket would be the same.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                Fill();
                return _tokens >= _rate;
            }
        }
    }

    /// <summary>Takes tokens, and a place in the line when there are too few.</summary>
    /// <param name="count">At most as many as fit in.</param>
    /// <param name="patience">How long the caller can wait; null means for ever.</param>
    /// <returns>How long it has to wait; null when that is longer than its patience, and then nothing was taken.</returns>
    public TimeSpan? Take(int count, TimeSpan? patience)
    {
        lock (_gate)
        {
            Fill();
            var wait = TimeSpan.FromSeconds(Math.Max(0, count - _tokens) / _rate);
            if (wait > patience)
            {
                return null;
            }

            _tokens -= count;
            return wait;
        }
    }

    /// <summary>Gives tokens back that were waited for in vain.</summary>
    public void GiveBack(int count)
    {
        lock (_gate)
        {
            Fill();
            _tokens = Math.Min(_rate, _tokens + count);
        }
    }

    private void Fill()
    {
        var now = _time.GetTimestamp();
        _tokens = Math.Min(_rate, _tokens + (_time.GetElapsedTime(_filledAt, now).TotalSeconds * _rate));
        _filledAt = now;
    }
}
