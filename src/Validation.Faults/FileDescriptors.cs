using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Leaves each process of the target nodes a few file descriptors, as a leak does: then no file and no connection can be opened.</summary>
/// <remarks>
/// What a process closes is taken from it too. Programs that cannot go on without (.NET's runtime is one, when it needs
/// another thread) end, and a node that is started again is free of it.
/// </remarks>
public sealed class FileDescriptors : IFaultInjector
{
    private static readonly Parameter<int> Leave = Parameters.Count("leave", "How many more files and connections each process may open.", 0, 10_000, 0);

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "file-descriptors",
        Summary = "Lets each process of the nodes open only a few more files and connections than it has open.",
        Proof = "In force, until the end or a new start of the node, while the kernel shows no more free numbers than that below the limit of every process; over when it shows the limits from before and the node is ready.",
        TakesTargetsAway = true,
        Changes = _ => "the limits",
        Parameters = [CommonParameters.Target, Leave, CommonParameters.For],
        NodesMust = [typeof(ILimitable)],
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf<ILimitable>(CommonParameters.Target), async node =>
        {
            var (length, leave) = (order.Get(CommonParameters.For), order.Get(Leave));
            var limit = await node.LimitAsync(ProcessResource.FileDescriptors, leave, Pause.Lease(length), cancellationToken);
            return new LimitedNode(node, limit, length, process => process.Remaining <= leave, remaining => $"{remaining} file descriptors")
            {
                EndsWithANewStart = true,
            };
        });
}
