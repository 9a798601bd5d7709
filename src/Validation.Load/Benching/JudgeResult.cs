using System.Text.Json.Serialization;
using Validation.Core;

namespace Validation.Load.Benching;

/// <summary>How long a large recording took.</summary>
/// <param name="Operations">How many operations it has.</param>
/// <param name="Findings">How many findings the judge made of them.</param>
/// <param name="Written">How long writing took.</param>
/// <param name="Read">How long reading took.</param>
/// <param name="Judged">How long judging took.</param>
public sealed record JudgeResult(
    int Operations,
    int Findings,
    [property: JsonPropertyName("writtenMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Written,
    [property: JsonPropertyName("readMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Read,
    [property: JsonPropertyName("judgedMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Judged);
