namespace EmbeddedSpire.Server.Storage;

/// <summary>Everything that the database holds, by subject.</summary>
internal sealed record Stores
{
    public required BundleStore Bundles { get; init; }

    public required NodeStore Nodes { get; init; }

    public required NodeSelectorStore NodeSelectors { get; init; }

    public required EntryStore Entries { get; init; }

    public required JoinTokenStore JoinTokens { get; init; }

    public required JournalStore Journals { get; init; }

    public required EventStore Events { get; init; }
}
