using Spire.Wire.Contracts.Types;

namespace Spire.Wire.Contracts;

/// <summary>Which parts of an entry are asked for.</summary>
public static class EntryParts
{
    /// <summary>Gets the parts of an entry that SPIRE's agent asks for.</summary>
    public static EntryMask ForAgents { get; } = new()
    {
        SpiffeId = true,
        Selectors = true,
        FederatesWith = true,
        Admin = true,
        Downstream = true,
        RevisionNumber = true,
        StoreSvid = true,
        Hint = true,
        CreatedAt = true,
        AdditionalAttributes = true,
    };
}
