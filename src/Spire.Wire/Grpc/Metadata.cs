using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Spire.Wire.Grpc;

/// <summary>Headers or trailers of a call, in their order. The headers of gRPC itself are not among them.</summary>
/// <remarks>Keys may repeat, but the HTTP client sends the values of a key as one, joined by a comma and a blank.</remarks>
public sealed class Metadata : IEnumerable<KeyValuePair<string, string>>
{
    /// <summary>The end of keys whose values are bytes.</summary>
    public const string BinarySuffix = "-bin";

    private readonly List<KeyValuePair<string, string>> _pairs = [];
    private readonly bool _isReadOnly;

    /// <summary>Creates empty metadata.</summary>
    public Metadata()
    {
    }

    private Metadata(bool isReadOnly) => _isReadOnly = isReadOnly;

    /// <summary>Gets metadata that has no pair and never will.</summary>
    public static Metadata Empty { get; } = new(isReadOnly: true);

    /// <summary>Gets the number of pairs.</summary>
    public int Count => _pairs.Count;

    /// <summary>Adds text.</summary>
    /// <param name="key">Lower-case letters, digits, dashes, dots and underscores; does not end in <c>-bin</c>.</param>
    /// <param name="value">Printable ASCII.</param>
    /// <exception cref="ArgumentException">The key or the value has other characters, or the key belongs to gRPC.</exception>
    public void Add(string key, string value)
    {
        RequireKey(key, isBinary: false);
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new ArgumentException($"The value of '{key}' has characters that are not printable ASCII. End the key in {BinarySuffix} to send bytes.", nameof(value));
        }

        AddUnchecked(key, value);
    }

    /// <summary>Adds bytes.</summary>
    /// <param name="key">As for text, but ends in <c>-bin</c>.</param>
    /// <param name="value">Any bytes.</param>
    /// <exception cref="ArgumentException">The key has other characters, does not end in <c>-bin</c>, or belongs to gRPC.</exception>
    public void Add(string key, ReadOnlySpan<byte> value)
    {
        RequireKey(key, isBinary: true);
        AddUnchecked(key, BinaryHeader.Encode(value));
    }

    /// <summary>Returns the values of a key, in their order; binary ones as base64.</summary>
    /// <param name="key">The key, in lower case.</param>
    public IEnumerable<string> ValuesOf(string key) =>
        _pairs.Where(pair => pair.Key == key).Select(pair => pair.Value);

    /// <summary>Returns the first bytes of a key.</summary>
    /// <param name="key">The key; ends in <c>-bin</c>.</param>
    /// <param name="value">The bytes.</param>
    /// <returns>False when there is no such key or its value is not base64.</returns>
    public bool TryGetBytes(string key, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        return ValuesOf(key).FirstOrDefault() is { } text && BinaryHeader.TryDecode(text, out value);
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void AddUnchecked(string key, string value)
    {
        if (_isReadOnly)
        {
            throw new InvalidOperationException("Empty metadata is shared and stays empty. Create new metadata.");
        }

        _pairs.Add(new(key, value));
    }

    private static void RequireKey(string key, bool isBinary)
    {
        if (key.Length == 0 || key.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-_."))
        {
            throw new ArgumentException($"The key '{key}' is not made of lower-case letters, digits, dashes, dots and underscores.", nameof(key));
        }

        if (key.StartsWith("grpc-", StringComparison.Ordinal) || key is "te" or "content-type" or "user-agent")
        {
            throw new ArgumentException($"The key '{key}' belongs to gRPC itself.", nameof(key));
        }

        if (key.EndsWith(BinarySuffix, StringComparison.Ordinal) != isBinary)
        {
            throw new ArgumentException($"The key '{key}' {(isBinary ? "does not end" : "ends")} in {BinarySuffix}, which is for bytes.", nameof(key));
        }
    }
}
