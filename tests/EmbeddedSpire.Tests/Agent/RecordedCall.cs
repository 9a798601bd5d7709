using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Spire.Wire.Contracts;

namespace EmbeddedSpire.Tests.Agent;

/// <summary>A line of what lies in <c>Recorded/</c>.</summary>
internal sealed record RecordedCall(
    int T,
    string Method,
    int? Deadline,
    Dictionary<string, string[]>? Metadata,
    IReadOnlyList<RecordedMessage>? Requests,
    IReadOnlyList<RecordedMessage>? Responses,
    int Status,
    string? Message,
    string? Note)
{
    /// <summary>Gets the name without the service.</summary>
    public string Name => Method[(Method.LastIndexOf('/') + 1)..];

    public static IReadOnlyList<RecordedCall> Read(string file) =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Agent", "Recorded", file))
            .Select(line => JsonSerializer.Deserialize<RecordedCall>(line, JsonSerializerOptions.Web)!)];

    public override string ToString() => Note ?? Name;
}

/// <summary>A message of a recorded call.</summary>
internal sealed record RecordedMessage(string Type, string Bytes)
{
    private static readonly Dictionary<string, MessageParser> Parsers = typeof(AgentMethods).Assembly.GetTypes()
        .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
        .SelectMany(type => ((FileDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!).MessageTypes)
        .ToDictionary(type => type.FullName, type => type.Parser);

    public IMessage Parse() => Parsers[Type].ParseFrom(Convert.FromBase64String(Bytes));
}
