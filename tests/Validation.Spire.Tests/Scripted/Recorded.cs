using Google.Protobuf;
using Validation.TestKit.Recordings;

namespace Validation.Spire.Tests.Scripted;

/// <summary>Finds recorded calls by the names that the tables have.</summary>
internal static class Recorded
{
    /// <summary>Gets the conversations of a client with servers, and with an agent's Workload API.</summary>
    public static IReadOnlyList<RecordedCall> All { get; } =
        [.. new[] { "01", "02", "03", "04", "05", "06", "07", "09", "10", "11", "12", "13", "14", "15", "16" }.SelectMany(RecordedCall.Read)];

    /// <summary>Finds a call: <c>05/35</c>.</summary>
    public static RecordedCall Call(string name) => RecordedCall.Read(name[..2]).Single(call => call.Name == name);

    /// <summary>Reads the answer of a call anew, to be changed by its taker.</summary>
    public static IMessage Answer(string name, bool last = false)
    {
        var answers = Call(name).Messages.Where(line => !line.IsFromClient);
        return (last ? answers.Last() : answers.First()).Content;
    }
}
