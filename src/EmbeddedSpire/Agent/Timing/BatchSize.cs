namespace EmbeddedSpire.Agent.Timing;

/// <summary>How many SVIDs to ask for at once: half as many after each failure, twice as many after each success.</summary>
internal sealed class BatchSize
{
    /// <summary>What servers sign for one address in a second; they refuse larger requests.</summary>
    public const int Largest = 500;

    /// <summary>Gets the size of the next request: 1 to <see cref="Largest"/>.</summary>
    public int Current { get; private set; } = Largest;

    /// <summary>Notes that a request has succeeded.</summary>
    public void Grow() => Current = Math.Min(Current * 2, Largest);

    /// <summary>Notes that a request has failed.</summary>
    public void Shrink() => Current = Math.Max(Current / 2, 1);
}
