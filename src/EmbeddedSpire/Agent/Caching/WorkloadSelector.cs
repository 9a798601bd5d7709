namespace EmbeddedSpire.Agent.Caching;

/// <summary>Something that is true of a workload: <c>unix:uid:1000</c>.</summary>
/// <param name="Type">What stands before the first colon: the attestor that finds it out.</param>
/// <param name="Value">The rest.</param>
internal readonly record struct WorkloadSelector(string Type, string Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Type}:{Value}";
}
