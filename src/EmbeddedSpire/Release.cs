namespace EmbeddedSpire;

/// <summary>Which SPIRE the embedded one follows, and what it calls itself so that nobody takes one for the other.</summary>
internal static class Release
{
    /// <summary>The SPIRE release whose contracts, behaviour and database schema are followed.</summary>
    public const string Spire = "1.15.3";

    /// <summary>Gets what logs and metrics show: a verdict on the embedded SPIRE says nothing about SPIRE itself.</summary>
    public static string Embedded => Spire + (IsNext ? "-embedded-next" : "-embedded");

    /// <summary>Gets or sets whether this process calls itself the next release, so that one can be rolled out. Nothing else is different.</summary>
    public static bool IsNext { get; set; }
}
