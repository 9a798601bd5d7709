using Validation.Core.Stacks;

namespace Validation.Environments.Cluster;

/// <summary>Knows which pod is behind a node of the stack right now.</summary>
internal interface IPodDirectory
{
    /// <summary>Asks for the pod of a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">There is none at the moment.</exception>
    ValueTask<PodIdentity> FindAsync(INode node, CancellationToken cancellationToken);
}
