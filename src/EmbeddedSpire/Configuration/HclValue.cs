namespace EmbeddedSpire.Configuration;

/// <summary>A place in a configuration file, as terminals link it.</summary>
/// <param name="File">The path as it was given.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
internal readonly record struct HclPosition(string File, int Line, int Column)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}:{Column}";
}

/// <summary>What stands on the right of a key.</summary>
/// <param name="Position">Where it begins.</param>
internal abstract record HclValue(HclPosition Position);

/// <summary>Text, a number or a truth value. HCL converts between them where the reader asks for another one.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Text">Without quotes, escapes resolved.</param>
internal sealed record HclScalar(HclPosition Position, string Text) : HclValue(Position);

/// <summary>Values in brackets.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Values">The values.</param>
internal sealed record HclList(HclPosition Position, IReadOnlyList<HclValue> Values) : HclValue(Position);

/// <summary>Items in braces, or a whole file.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Items">The items in their order.</param>
internal sealed record HclObject(HclPosition Position, IReadOnlyList<HclItem> Items) : HclValue(Position);

/// <summary>A key with its value: <c>bind_port = 8081</c>, or <c>NodeAttestor "x509pop" { … }</c> with a label.</summary>
/// <param name="Position">Where the key begins.</param>
/// <param name="Key">The key.</param>
/// <param name="Labels">What stands between the key and the brace; empty for the most part.</param>
/// <param name="Value">The value.</param>
internal sealed record HclItem(HclPosition Position, string Key, IReadOnlyList<string> Labels, HclValue Value);
