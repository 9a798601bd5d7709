namespace EmbeddedSpire;

/// <summary>Which SPIRE the embedded one follows, and what it calls itself so that nobody takes one for the other.</summary>
internal static class Release
{
    /// <summary>The SPIRE release whose contracts, behaviour and database schema are followed.</summary>
    public const string Spire = "1.15.3";

    /// <summary>What logs and metrics show: a verdict on the embedded SPIRE says nothing about SPIRE itself.</summary>
    public const string Embedded = Spire + "-embedded";
}
