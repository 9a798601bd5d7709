using System.Text.Json.Serialization;
using Validation.Core.Recording;
using Validation.Core.Scenarios;
using Validation.Statistics;

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

    /// <summary>Returns in which of its equal parts an operation was planned: those of one part may depend on each other.</summary>
    /// <param name="sample">An operation that it holds.</param>
    /// <returns>From 0 to <see cref="BlockedCount.BlocksOfAWindow"/> - 1.</returns>
    public int BlockOf(Sample sample) =>
        (int)((sample.PlannedNs - From.TotalNanoseconds) / Length.TotalNanoseconds * BlockedCount.BlocksOfAWindow);

    /// <summary>Returns whether an instant lies in the window.</summary>
    /// <param name="nanoseconds">Nanoseconds since the run began.</param>
    public bool Holds(long nanoseconds) =>
        nanoseconds >= (long)From.TotalNanoseconds && nanoseconds < (long)To.TotalNanoseconds;
}
