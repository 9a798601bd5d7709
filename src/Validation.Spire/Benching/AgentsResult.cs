namespace Validation.Spire.Benching;

/// <summary>What idle virtual agents need, in resident bytes.</summary>
/// <param name="Agents">How many there were.</param>
/// <param name="BytesEach">By how much the process grew for one, garbage of its attestation included. Of that the process has so much at once, however many agents there are.</param>
/// <param name="BytesEachCollected">By how much it had grown after the garbage was collected: what an idle agent needs.</param>
/// <param name="Failures">What went wrong.</param>
public sealed record AgentsResult(int Agents, double BytesEach, double BytesEachCollected, IReadOnlyList<string> Failures);
