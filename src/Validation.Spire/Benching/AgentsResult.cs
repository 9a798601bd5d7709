namespace Validation.Spire.Benching;

/// <summary>What idle virtual agents need.</summary>
/// <param name="Agents">How many there were.</param>
/// <param name="BytesEach">By how much the process grew for one, garbage of its attestation included: resident bytes.</param>
/// <param name="BytesEachCollected">By how much after the garbage was collected.</param>
/// <param name="Failures">What went wrong.</param>
public sealed record AgentsResult(int Agents, double BytesEach, double BytesEachCollected, IReadOnlyList<string> Failures);
