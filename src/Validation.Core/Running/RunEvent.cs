using System.Text.Json.Serialization;

namespace Validation.Core.Running;

/// <summary>A fact and when it was recorded.</summary>
/// <param name="At">Time since the run began, on the monotonic clock.</param>
/// <param name="Fact">What happened.</param>
public sealed record RunEvent(
    [property: JsonPropertyName("atMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan At,
    Fact Fact);
