using System.Text.Json;

namespace Validation.Environments.Cluster.Pods;

/// <summary>Reads JSON objects that follow each other without a separator, as <c>kubectl -o json</c> prints them.</summary>
internal sealed class JsonObjectReader
{
    private const int FirstSize = 64 * 1024;
    private const int LargestObject = 8 * 1024 * 1024;

    private readonly Stream _stream;
    private byte[] _buffer = new byte[FirstSize];
    private int _filled;

    /// <summary>Creates the reader.</summary>
    /// <param name="stream">The program's output.</param>
    public JsonObjectReader(Stream stream) => _stream = stream;

    /// <summary>Reads the next object.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Null at the end of the output.</returns>
    /// <exception cref="JsonException">What was printed is no JSON, or breaks off.</exception>
    public async Task<JsonElement?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTake(out var value))
            {
                return value;
            }

            if (_filled == _buffer.Length)
            {
                Grow();
            }

            var read = await _stream.ReadAsync(_buffer.AsMemory(_filled), cancellationToken);
            if (read == 0)
            {
                return _buffer.AsSpan(0, _filled).ContainsAnyExcept(" \r\n\t"u8)
                    ? throw new JsonException("The output breaks off in the middle of an object.")
                    : null;
            }

            _filled += read;
        }
    }

    /// <summary>Reads all objects of a text.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="JsonException">It is no JSON, or breaks off.</exception>
    public static async Task<IReadOnlyList<JsonElement>> ReadAllAsync(string text)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        var reader = new JsonObjectReader(stream);
        var objects = new List<JsonElement>();
        while (await reader.ReadAsync(CancellationToken.None) is { } value)
        {
            objects.Add(value);
        }

        return objects;
    }

    private bool TryTake(out JsonElement value)
    {
        value = default;
        var start = _buffer.AsSpan(0, _filled).IndexOfAnyExcept(" \r\n\t"u8);
        if (start < 0)
        {
            return false;
        }

        var reader = new Utf8JsonReader(_buffer.AsSpan(start, _filled - start), isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { AllowMultipleValues = true }));
        if (!JsonDocument.TryParseValue(ref reader, out var document))
        {
            return false;
        }

        using (document)
        {
            value = document.RootElement.Clone();
        }

        var used = start + (int)reader.BytesConsumed;
        _buffer.AsSpan(used, _filled - used).CopyTo(_buffer);
        _filled -= used;
        return true;
    }

    private void Grow()
    {
        if (_buffer.Length >= LargestObject)
        {
            throw new JsonException($"An object is larger than {LargestObject / 1024 / 1024} MiB.");
        }

        Array.Resize(ref _buffer, _buffer.Length * 2);
    }
}
