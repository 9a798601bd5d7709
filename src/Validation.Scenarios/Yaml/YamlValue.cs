using Validation.Core.Scenarios;

namespace Validation.Scenarios.Yaml;

/// <summary>One value of a YAML file with its place. Unlike YamlDotNet's own tree it keeps duplicate keys.</summary>
/// <param name="Position">Where it begins.</param>
internal abstract record YamlValue(SourcePosition Position)
{
    /// <summary>Gets what it is, as words for messages.</summary>
    public abstract string What { get; }
}

/// <summary>A single value.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Text">The text without quotes.</param>
/// <param name="IsQuoted">True when it stood in quotes or in a block.</param>
internal sealed record YamlText(SourcePosition Position, string Text, bool IsQuoted) : YamlValue(Position)
{
    /// <inheritdoc/>
    public override string What => IsNothing ? "nothing" : $"the single value '{Text}'";

    /// <summary>Gets whether nothing was written, or one of YAML's words for nothing.</summary>
    public bool IsNothing => !IsQuoted && Text is "" or "~" or "null";
}

/// <summary>A list.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Items">Its items.</param>
internal sealed record YamlList(SourcePosition Position, IReadOnlyList<YamlValue> Items) : YamlValue(Position)
{
    /// <inheritdoc/>
    public override string What => "a list";
}

/// <summary>A mapping.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Entries">Its keys and values in the order of the file; a key may be there twice.</param>
internal sealed record YamlMapping(SourcePosition Position, IReadOnlyList<YamlEntry> Entries) : YamlValue(Position)
{
    /// <inheritdoc/>
    public override string What => "a mapping";
}

/// <summary>One key of a mapping with its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
internal sealed record YamlEntry(YamlText Key, YamlValue Value);
