using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Spire.Wire.Contracts;

namespace Validation.TestKit.Recordings;

/// <summary>A call to a real server, as the files say that <c>Recorded/README.md</c> of the wire's tests describes.</summary>
public sealed record RecordedCall(string Conversation, int Number, string Method, string Note, IReadOnlyList<RecordedCall.Line> Lines)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Recorded", "messages");

    private static readonly Dictionary<string, MessageDescriptor> Types = typeof(AgentMethods).Assembly.GetTypes()
        .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
        .Select(type => (FileDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!)
        .SelectMany(file => file.MessageTypes)
        .Append(Google.Protobuf.WellKnownTypes.Empty.Descriptor)
        .ToDictionary(type => type.FullName);

    /// <summary>Gets the name by which the tables here call it: <c>01/8</c>.</summary>
    public string Name => $"{Conversation[..2]}/{Number}";

    /// <summary>Gets the messages, in the order of the wire.</summary>
    public IEnumerable<Line> Messages => Lines.Where(line => line.Type is not null);

    /// <summary>Gets how the call failed; null when it did not.</summary>
    public Line? Failure => Lines.FirstOrDefault(line => line.Status is not null);

    /// <summary>Reads a conversation.</summary>
    /// <param name="number">The first two characters of its file.</param>
    public static IReadOnlyList<RecordedCall> Read(string number)
    {
        var file = Directory.GetFiles(Folder, $"{number}-*.jsonl").Single();
        return [.. File.ReadLines(file)
            .Select(line => JsonSerializer.Deserialize<Line>(line, JsonSerializerOptions.Web)!)
            .GroupBy(line => line.Call)
            .Select(call => new RecordedCall(Path.GetFileNameWithoutExtension(file), call.Key, call.First().Method, call.First().Note ?? string.Empty, [.. call]))];
    }

    /// <summary>Reads a message of a type.</summary>
    public static IMessage Parse(string type, byte[] bytes) => Types[type].Parser.ParseFrom(bytes);

    /// <summary>A message, or how the call failed.</summary>
    public sealed record Line(
        int Call, string Method, string? From, string? Type, string? Bytes, int? Status, string? Message, string? Details, string? Note)
    {
        public bool IsFromClient => From == "client";

        public IMessage Content => Parse(Type!, Convert.FromBase64String(Bytes ?? string.Empty));
    }
}
