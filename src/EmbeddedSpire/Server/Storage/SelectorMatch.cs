using Spire.Wire.Contracts.Storage;

namespace EmbeddedSpire.Server.Storage;

/// <summary>How a set of selectors is compared with the given one.</summary>
internal enum MatchKind
{
    /// <summary>It is the same set.</summary>
    Exact,

    /// <summary>It is not empty and lies within the given set.</summary>
    Subset,

    /// <summary>It contains the given set.</summary>
    Superset,

    /// <summary>It has at least one selector of the given set.</summary>
    Any,
}

/// <summary>A condition on the selectors of an agent or an entry.</summary>
/// <param name="Kind">How to compare.</param>
/// <param name="Selectors">The given set; not empty.</param>
internal sealed record SelectorMatch(MatchKind Kind, IReadOnlyList<Selector> Selectors)
{
    /// <summary>Gets whether the database finds too much, so that <see cref="Holds"/> has to be asked as well.</summary>
    public bool NeedsSecondLook => Kind is MatchKind.Exact or MatchKind.Subset;

    /// <summary>Tells whether a set that the database found lies within the given one, where that is asked for.</summary>
    public bool Holds(IEnumerable<Selector> selectors) => !NeedsSecondLook || selectors.All(Selectors.Contains);

    /// <summary>Writes the part of the condition that the database can check.</summary>
    /// <param name="exists">Writes that there is a row with a type and a value, given the places of these parameters.</param>
    /// <param name="parameters">Gets the types and values.</param>
    public string ToSql(Func<string, string, string> exists, List<object?> parameters)
    {
        var conditions = new List<string>();
        foreach (var selector in Selectors)
        {
            parameters.Add(selector.Type);
            parameters.Add(selector.Value);
            conditions.Add(exists($"${parameters.Count - 1}", $"${parameters.Count}"));
        }

        return $"({string.Join(Kind is MatchKind.Subset or MatchKind.Any ? " OR " : " AND ", conditions)})";
    }
}
