using System.Text.Json.Serialization;
using Validation.Core.Scenarios;

namespace Validation.Core.Judging;

/// <summary>A measured interval of a run. Operations belong to the window in which they were planned.</summary>
/// <param name="Name">Its name.</param>
/// <param name="From">Its start since the run began; belongs to it.</param>
/// <param name="To">Its end since the run began; does not belong to it.</param>
public sealed record Window(
    WindowName Name,
    [property: JsonPropertyName("fromMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan From,
    [property: JsonPropertyName("toMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan To)
{
    /// <summary>Gets how long it is.</summary>
    [JsonIgnore]
    public TimeSpan Length => To - From;

    /// <summary>Returns whether an instant lies in the window.</summary>
    /// <param name="nanoseconds">Nanoseconds since the run began.</param>
    public bool Holds(long nanoseconds) =>
        nanoseconds >= (long)From.TotalNanoseconds && nanoseconds < (long)To.TotalNanoseconds;
}
