namespace EmbeddedSpire.Health;

/// <summary>What a check found.</summary>
/// <param name="IsLive">Whether the process should go on.</param>
/// <param name="IsReady">Whether it can serve.</param>
/// <param name="Errors">What is wrong, by the keys that SPIRE gives it, such as <c>get_bundle_err</c>; empty when nothing is.</param>
internal sealed record HealthState(bool IsLive, bool IsReady, IReadOnlyDictionary<string, string> Errors)
{
    /// <summary>Gets the state of a part that is well.</summary>
    public static HealthState Good { get; } = new(true, true, new Dictionary<string, string>());

    /// <summary>Returns the state of a part that is neither live nor ready.</summary>
    /// <param name="key">The key of the error.</param>
    /// <param name="error">The error.</param>
    public static HealthState Bad(string key, string error) => new(false, false, new Dictionary<string, string> { [key] = error });
}
