using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Environments.Cluster;

/// <summary>Says what a scenario asks of a stack in a cluster and cannot have there.</summary>
internal static class ClusterRefusals
{
    /// <summary>Returns everything that speaks against a scenario.</summary>
    /// <param name="scenario">The scenario.</param>
    public static IReadOnlyList<Refusal> Of(Scenario scenario) => [.. OfStack(scenario.Stack)];

    private static IEnumerable<Refusal> OfStack(StackSpec stack)
    {
        if (stack.SyncInterval != StackSpec.Default.SyncInterval || stack.KnowsDatabaseHosts)
        {
            yield return new Refusal(stack.Stated["spire"], "in a cluster SPIRE has its own 'sync-interval', 5s, and reaches its database by the pooler; only 'local' can have another, or 'database-hosts'.");
        }

        if (stack.Counts.GetValueOrDefault(Roles.Dns) > 0)
        {
            yield return new Refusal(stack.Stated[Roles.Dns], "in a cluster names are answered by the cluster's own DNS, which is not the run's; only 'local' can have a node 'dns'.");
        }

        if (stack.ReadsFromReplicas)
        {
            yield return new Refusal(stack.Stated["database"], "in a cluster nobody takes a replica that lags out of the Service of the replicas; 'reads: replicas' can be had in 'local' alone.");
        }
    }
}
