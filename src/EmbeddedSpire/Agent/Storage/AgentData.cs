using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EmbeddedSpire.Agent.Storage;

/// <summary>
/// What an agent remembers over a restart, besides its keys: the file <c>agent-data.json</c>, in SPIRE's form so that
/// either agent goes on where the other one stopped. May be used by many threads.
/// </summary>
internal sealed class AgentData
{
    private const string FileName = "agent-data.json";

    // Go escapes nothing that base64 and dates consist of.
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _path;
    private readonly Lock _gate = new();
    private Content _content;

    private AgentData(string path, Content content) => (_path, _content) = (path, content);

    /// <summary>Gets the agent's own SVID, leaf first, each certificate in DER; empty when there is none.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Svid => Decode(Read().Svid);

    /// <summary>Gets the X.509 authorities of the trust domain, each in DER; empty when there are none.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Bundle => Decode(Read().Bundle);

    /// <summary>Gets whether the agent can attest again when the SVID ends.</summary>
    public bool Reattestable => Read().Reattestable;

    /// <summary>Opens the file of a data directory; there need not be one yet.</summary>
    /// <param name="directory">The data directory; it exists.</param>
    /// <exception cref="AgentException">The file is there and cannot be read.</exception>
    public static AgentData Open(string directory)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            var content = File.Exists(path)
                ? JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), Options) ?? new Content()
                : new Content();
            _ = (Decode(content.Svid), Decode(content.Bundle));
            return new AgentData(path, content);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new AgentException($"failed to open storage: {path}: {error.Message}", error);
        }
    }

    /// <summary>Remembers the agent's own SVID.</summary>
    public void StoreSvid(IReadOnlyList<ReadOnlyMemory<byte>> chain, bool reattestable) =>
        Update(content => content with { Svid = Encode(chain), Reattestable = reattestable });

    /// <summary>Forgets the agent's own SVID, so that it attests at its next start.</summary>
    public void DeleteSvid() => Update(content => content with { Svid = null, Reattestable = false });

    /// <summary>Remembers the X.509 authorities of the trust domain.</summary>
    public void StoreBundle(IReadOnlyList<ReadOnlyMemory<byte>> authorities) =>
        Update(content => content with { Bundle = Encode(authorities) });

    /// <summary>Notes an attempt to attest for the first time.</summary>
    /// <param name="start">When the first of these attempts began.</param>
    /// <param name="attempts">How many there were.</param>
    public void StoreBootstrap(DateTimeOffset start, int attempts) => Update(content => content with
    {
        BootstrapUse = BootstrapUse.First,
        BootstrapStartTime = start,
        ConnectionAttempts = attempts,
    });

    /// <summary>Notes that the agent knows its server from now on.</summary>
    public void StoreBootstrapDone() => Update(content => content with
    {
        BootstrapUse = BootstrapUse.Again,
        BootstrapStartTime = DateTimeOffset.MinValue,
        ConnectionAttempts = 0,
    });

    private static string[]? Encode(IReadOnlyList<ReadOnlyMemory<byte>> certificates) => certificates.Count == 0
        ? null
        : [.. certificates.Select(der => Convert.ToBase64String(Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", der.Span) + "\n")))];

    private static IReadOnlyList<ReadOnlyMemory<byte>> Decode(string[]? encoded) =>
        [.. (encoded ?? []).Select(DecodeOne)];

    private static ReadOnlyMemory<byte> DecodeOne(string encoded)
    {
        try
        {
            var pem = Encoding.ASCII.GetString(Convert.FromBase64String(encoded));
            return Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);
        }
        catch (FormatException error)
        {
            throw new CryptographicException($"a certificate is not PEM in base64: {error.Message}", error);
        }
    }

    private Content Read()
    {
        lock (_gate)
        {
            return _content;
        }
    }

    private void Update(Func<Content, Content> change)
    {
        lock (_gate)
        {
            var changed = change(_content);
            PrivateFile.Replace(_path, JsonSerializer.SerializeToUtf8Bytes(changed, Options));
            _content = changed;
        }
    }

    private enum BootstrapUse
    {
        Unspecified = 0,
        First = 1,
        Again = 2,
    }

    private sealed record Content
    {
        [JsonPropertyName("svid")]
        public string[]? Svid { get; init; }

        [JsonPropertyName("bundle")]
        public string[]? Bundle { get; init; }

        [JsonPropertyName("reattestable")]
        public bool Reattestable { get; init; }

        [JsonPropertyName("bootstrap_use")]
        public BootstrapUse BootstrapUse { get; init; }

        [JsonPropertyName("bootstrap_start_time")]
        [JsonConverter(typeof(GoTimeConverter))]
        public DateTimeOffset BootstrapStartTime { get; init; }

        [JsonPropertyName("connection_attempts")]
        public int ConnectionAttempts { get; init; }
    }

    /// <summary>Writes instants as Go does; its zero time is the year 1.</summary>
    private sealed class GoTimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture));
    }
}
