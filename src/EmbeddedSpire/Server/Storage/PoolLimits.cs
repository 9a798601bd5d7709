namespace EmbeddedSpire.Server.Storage;

/// <summary>How many connections to the database there may be, with the meanings and defaults of SPIRE and Go's <c>database/sql</c>.</summary>
internal sealed record PoolLimits
{
    /// <summary>Gets how many connections may be open; 0 means any number. Defaults to 100.</summary>
    public int MaxOpen { get; init; } = 100;

    /// <summary>Gets how many connections are kept while nobody uses them. Defaults to 100; never more than <see cref="MaxOpen"/>.</summary>
    public int MaxIdle { get; init; } = 100;

    /// <summary>Gets how old a connection may become; null means any age, which is the default.</summary>
    public TimeSpan? MaxLifetime { get; init; }

    /// <summary>Gets whether a connection that failed is counted for ever: <see cref="Defect.PoolLosesPlaces"/>.</summary>
    public bool LosesPlaces { get; init; }

    /// <summary>Gets how long a connection is kept while nobody uses it. SPIRE fixes it at 30 s.</summary>
    public TimeSpan MaxIdleTime { get; init; } = TimeSpan.FromSeconds(30);
}
