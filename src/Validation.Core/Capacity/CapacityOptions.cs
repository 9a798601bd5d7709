namespace Validation.Core.Capacity;

/// <summary>How a capacity is searched for.</summary>
public sealed record CapacityOptions
{
    /// <summary>The longest measured window: what a rate cannot show in this time is asked at a higher rate.</summary>
    public static readonly TimeSpan LongestWindow = TimeSpan.FromSeconds(60);

    /// <summary>Gets the load whose rate is varied.</summary>
    /// <value>Null, the default, for the scenario's first load.</value>
    public string? Load { get; init; }

    /// <summary>Gets the rate that is tried first; lower ones are not tried.</summary>
    /// <value>Null, the default, for the load's own mean rate.</value>
    public Rate? From { get; init; }

    /// <summary>Gets the highest rate that is tried.</summary>
    /// <value>Null, the default, for none.</value>
    public Rate? To { get; init; }

    /// <summary>Gets how long each level fires before it is measured.</summary>
    /// <value>More than zero. Defaults to 3 s.</value>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Gets how long a level is measured at least.</summary>
    /// <value>From 1 s to <see cref="LongestWindow"/>. Defaults to 10 s. It is longer where its operations would be too few to decide anything.</value>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets how long the rate that was found is measured once more.</summary>
    /// <value>At least <see cref="Window"/>. Defaults to 30 s.</value>
    public TimeSpan Confirm { get; init; } = TimeSpan.FromSeconds(30);
}
