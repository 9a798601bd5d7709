using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Local.World;

/// <summary>What the load balancer was told by faults.</summary>
internal static class BalancerWorld
{
    /// <summary>Reads it.</summary>
    /// <param name="name">The load balancer.</param>
    /// <param name="balancer">Where it takes orders.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<IEnumerable<KeyValuePair<string, string>>> ReadAsync(string name, BalancerSocket balancer, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var until = await balancer.ReadAffinityAsync(cancellationToken);
            return [new($"affinity of {name}", until > time.GetUtcNow() ? "held" : "none")];
        }
        catch (HarnessException)
        {
            // What did not answer is missing, and is looked for again.
            return [];
        }
    }
}
