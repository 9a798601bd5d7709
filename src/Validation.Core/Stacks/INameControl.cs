namespace Validation.Core.Stacks;

/// <summary>A stack whose nodes find each other by names, which its node of the role <see cref="Roles.Dns"/> knows.</summary>
public interface INameControl
{
    /// <summary>Asks the name server for the node's own name, from the node's own place in the network.</summary>
    /// <param name="node">The node.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>Whether one of three questions, 200 ms apart, was answered with the node's address.</returns>
    Task<bool> TryLookUpAsync(INode node, CancellationToken cancellationToken);
}
