namespace Validation.Core.Stacks;

/// <summary>A stack that can tell to which SPIRE server an agent is connected.</summary>
public interface IAgentConnections
{
    /// <summary>Returns the servers that an agent is connected to right now.</summary>
    /// <param name="agent">The agent's node.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>Usually one; two for a moment when it changes over; none when it found no server within ten seconds.</returns>
    /// <exception cref="HarnessException">Nobody could be asked.</exception>
    Task<IReadOnlyList<INode>> FindServersAsync(INode agent, CancellationToken cancellationToken);
}
