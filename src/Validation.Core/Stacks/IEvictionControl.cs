namespace Validation.Core.Stacks;

/// <summary>A stack whose pods can be evicted: asked to leave their Kubernetes node, as far as their disruption budgets allow.</summary>
public interface IEvictionControl
{
    /// <summary>Asks for a pod's eviction. Returns when the API server has answered.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">It has no pod right now, or something else than a disruption budget is in the way.</exception>
    Task<EvictionAnswer> EvictAsync(IReplica pod, CancellationToken cancellationToken);
}

/// <summary>What the API server said to an eviction.</summary>
/// <param name="PodUid">The id of the pod that was meant.</param>
/// <param name="Refusal">The words of the disruption budget that does not allow it now; null when the pod goes.</param>
public sealed record EvictionAnswer(string PodUid, string? Refusal);
