using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EmbeddedSpire.Agent.Storage;

/// <summary>Keeps keys in the file <c>keys.json</c>, in SPIRE's form.</summary>
internal sealed class DiskKeyManager : IKeyManager
{
    private const string FileName = "keys.json";

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        IndentCharacter = '\t',
        IndentSize = 1,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _path;
    private readonly Dictionary<string, AgentKey> _keys;

    private DiskKeyManager(string path, Dictionary<string, AgentKey> keys) => (_path, _keys) = (path, keys);

    public string Name => "disk";

    public IReadOnlyList<AgentKey> Keys => [.. _keys.Values];

    /// <summary>Opens the file of a directory; neither need be there yet.</summary>
    /// <param name="directory">The directory.</param>
    /// <exception cref="AgentException">It cannot be created or read.</exception>
    public static DiskKeyManager Open(string directory)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            Directory.CreateDirectory(directory);
            var content = File.Exists(path) ? JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), Options) : null;
            return new DiskKeyManager(path, (content?.Keys ?? []).ToDictionary(
                pair => pair.Key, pair => AgentKey.Read(pair.Key, pair.Value)));
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new AgentException($"keymanager(disk): unable to load keys of {path}: {error.Message}", error);
        }
    }

    public AgentKey Generate(AgentKey? inUse)
    {
        var key = AgentKey.After(inUse);
        var keys = new Dictionary<string, AgentKey>(_keys) { [key.Id] = key };
        var content = new Content(new SortedDictionary<string, byte[]>(
            keys.ToDictionary(pair => pair.Key, pair => pair.Value.Key.ExportPkcs8PrivateKey()), StringComparer.Ordinal));
        PrivateFile.Replace(_path, JsonSerializer.SerializeToUtf8Bytes(content, Options));
        return _keys[key.Id] = key;
    }

    private sealed record Content([property: JsonPropertyName("keys")] SortedDictionary<string, byte[]> Keys);
}
