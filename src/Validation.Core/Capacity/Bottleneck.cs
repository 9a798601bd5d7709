namespace Validation.Core.Capacity;

/// <summary>What a level lacked.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Statement">How that was seen, with its figures.</param>
public sealed record Bottleneck(BottleneckKind Kind, string Statement);

/// <summary>What can limit a rate.</summary>
public enum BottleneckKind
{
    /// <summary>None of what is watched was used up.</summary>
    Unknown,

    /// <summary>The harness itself.</summary>
    Generator,

    /// <summary>SPIRE refused what was beyond its limit of rates.</summary>
    RateLimit,

    /// <summary>Clients waited for a connection of the pool.</summary>
    Pool,

    /// <summary>The database had no processor or no connection left.</summary>
    Database,

    /// <summary>The SPIRE servers had no processor left.</summary>
    ServerProcessor,

    /// <summary>Other nodes had no processor left.</summary>
    OtherProcessor,
}
