using System.Security.Cryptography;
using System.Text.Json;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Server.Authorities;

/// <summary>Holds the private keys of this server's authorities: in memory, or in a file in the form that SPIRE's disk key manager has.</summary>
internal sealed class KeyManager
{
    private readonly string? _path;
    private readonly SortedDictionary<string, byte[]> _keys = new(StringComparer.Ordinal);
    private readonly CallMetric _generations;
    private readonly Lock _gate = new();

    /// <summary>Creates a key manager and reads the keys it had.</summary>
    /// <param name="path">The file; null keeps keys in memory only. The directory is there.</param>
    /// <param name="metrics">Where calls are counted.</param>
    /// <exception cref="InvalidDataException">The file is not one of keys.</exception>
    public KeyManager(string? path, MetricRegistry metrics)
    {
        _path = path;
        _generations = metrics.Call("server_key_manager_generate_key");
        var readings = metrics.Call("server_key_manager_get_public_keys");
        var begun = readings.Begin();
        if (path is not null && File.Exists(path))
        {
            Load(path);
        }

        readings.End(begun, "OK");
    }

    /// <summary>Gets the public keys, as SubjectPublicKeyInfo in DER.</summary>
    public IReadOnlyList<byte[]> PublicKeys
    {
        get
        {
            lock (_gate)
            {
                return [.. _keys.Values.Select(PublicKeyOf)];
            }
        }
    }

    /// <summary>Makes a key, in the place of the one that has the name.</summary>
    /// <returns>The key; the caller disposes of it.</returns>
    public AsymmetricAlgorithm Generate(string name, KeyKind kind)
    {
        var begun = _generations.Begin();
        var key = kind.Create();
        lock (_gate)
        {
            _keys[name] = key.ExportPkcs8PrivateKey();
            Save();
        }

        _generations.End(begun, "OK");
        return key;
    }

    /// <summary>Returns a key; null when there is none with the name. The caller disposes of it.</summary>
    public AsymmetricAlgorithm? Find(string name)
    {
        lock (_gate)
        {
            return _keys.TryGetValue(name, out var key) ? Open(key) : null;
        }
    }

    private static AsymmetricAlgorithm Open(byte[] key) => Keys.ReadPrivate(key);

    private static byte[] PublicKeyOf(byte[] key)
    {
        using var opened = Open(key);
        return opened.ExportSubjectPublicKeyInfo();
    }

    private void Load(string path)
    {
        try
        {
            var file = JsonSerializer.Deserialize<KeyFile>(File.ReadAllBytes(path), JsonSerializerOptions.Web);
            foreach (var (name, key) in file?.Keys ?? [])
            {
                Open(key).Dispose();
                _keys[name] = key;
            }
        }
        catch (Exception error) when (error is JsonException or CryptographicException)
        {
            throw new InvalidDataException($"keymanager(disk): unable to read keys from {path}: {error.Message}", error);
        }
    }

    /// <summary>Writes all keys to a new file and puts it in the place of the old one: a server that dies meanwhile keeps its keys.</summary>
    private void Save()
    {
        if (_path is null)
        {
            return;
        }

        var next = _path + ".tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(next, options))
        {
            JsonSerializer.Serialize(file, new KeyFile(new(_keys)), JsonSerializerOptions.Web);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _path, overwrite: true);
    }

    private sealed record KeyFile(Dictionary<string, byte[]> Keys);
}
