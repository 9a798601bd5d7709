using System.Globalization;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Lets each process of the target nodes have no more memory than it has and a little more.</summary>
/// <remarks>
/// Who needs more is refused it and does what it does then: PostgreSQL ends a statement, a .NET or Go program ends
/// itself and is started again, into the same limit. Nobody is killed by the kernel, unlike in a container.
/// </remarks>
public sealed class MemoryLimit : IFaultInjector
{
    private const long BytesPerMebibyte = 1024 * 1024;

    private static readonly Parameter<int> Mebibytes = Parameters.Count(
        "mebibytes", "How much more memory each process may have than it has.", 0, 10_000, 16);

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "memory-limit",
        Summary = "Lets each process of the nodes have no more memory of its own than it has and a little more.",
        Proof = "In force, to the end, while the kernel shows that limit for every process; over when it shows the limits from before and the node is ready.",
        Changes = _ => "the limits",
        Parameters = [CommonParameters.Target, Mebibytes, CommonParameters.For],
        NodesMust = [typeof(ILimitable)],
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf<ILimitable>(CommonParameters.Target), async node =>
        {
            var length = order.Get(CommonParameters.For);
            var limit = await node.LimitAsync(ProcessResource.Memory, order.Get(Mebibytes) * BytesPerMebibyte, Pause.Lease(length), cancellationToken);
            return new LimitedNode(node, limit, length, _ => true, Words);
        });

    private static string Words(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / BytesPerMebibyte:0.0} MiB");
}
