namespace Validation.Spire.Benching;

/// <summary>What virtual agents that live need, and how their operations went.</summary>
/// <param name="Agents">How many there were.</param>
/// <param name="SyncInterval">The time between two syncs of one agent.</param>
/// <param name="Length">How long all of them lived.</param>
/// <param name="BytesEach">By how much the process grew for one at most: resident bytes, garbage included.</param>
/// <param name="Operations">The operations.</param>
/// <param name="Troubles">What else went wrong.</param>
public sealed record LivingResult(
    int Agents, TimeSpan SyncInterval, TimeSpan Length, double BytesEach, IReadOnlyList<LivingOperations> Operations, IReadOnlyList<string> Troubles);

/// <summary>One kind of operations of living agents.</summary>
/// <param name="Name">Their stream.</param>
/// <param name="Count">How many there were.</param>
/// <param name="Failures">How many of them failed in which way.</param>
public sealed record LivingOperations(string Name, int Count, IReadOnlyDictionary<string, int> Failures);
