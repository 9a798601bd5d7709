namespace Validation.Core.Stacks;

/// <summary>A stack whose roles can be restarted by a rollout: their pods are replaced as after a change of their template.</summary>
public interface IRolloutControl
{
    /// <summary>Begins a rollout. Returns when the API server has taken the order.</summary>
    /// <param name="role">The role.</param>
    /// <param name="cancellationToken">Ends the asking, not the rollout.</param>
    /// <exception cref="HarnessException">The API server refused.</exception>
    Task RestartAsync(string role, CancellationToken cancellationToken);
}
