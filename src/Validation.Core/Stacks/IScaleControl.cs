namespace Validation.Core.Stacks;

/// <summary>A stack in which the number of pods of a role can be changed.</summary>
public interface IScaleControl
{
    /// <summary>Sets the number of pods. Returns when the API server has taken the order.</summary>
    /// <param name="role">The role; its nodes are <see cref="IReplica"/>.</param>
    /// <param name="replicas">How many pods it shall have.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">The API server refused.</exception>
    Task ScaleAsync(string role, int replicas, CancellationToken cancellationToken);
}
