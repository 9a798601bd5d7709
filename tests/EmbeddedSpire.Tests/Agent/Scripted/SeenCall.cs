using Google.Protobuf;

namespace EmbeddedSpire.Tests.Agent.Scripted;

/// <summary>A call that a scripted server has seen.</summary>
internal sealed class SeenCall
{
    public required string Name { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Gets the time that the client gave it.</summary>
    public required TimeSpan? Deadline { get; init; }

    /// <summary>Gets which server it came to.</summary>
    public required int Server { get; init; }

    public required string Connection { get; init; }

    /// <summary>Gets the serial number of the client's certificate; null when it showed none.</summary>
    public required string? Serial { get; init; }

    public required IReadOnlyList<string> MetadataKeys { get; init; }

    public List<IMessage> Requests { get; } = [];

    public override string ToString() => $"{At:mm:ss.fff} {Name}";
}
