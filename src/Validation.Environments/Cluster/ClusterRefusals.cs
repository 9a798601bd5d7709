using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Environments.Cluster;

/// <summary>Says what a scenario asks of a stack in a cluster and cannot have there.</summary>
internal static class ClusterRefusals
{
    /// <summary>Returns everything that speaks against a scenario.</summary>
    /// <param name="scenario">The scenario.</param>
    public static IReadOnlyList<Refusal> Of(Scenario scenario) =>
    [
        .. scenario.Stack.SyncInterval != StackSpec.Default.SyncInterval || scenario.Stack.KnowsDatabaseHosts
            ? [new Refusal(scenario.Stack.Stated["spire"], "in a cluster SPIRE has its own 'sync-interval', 5s, and reaches its database by the pooler; only 'local' can have another, or 'database-hosts'.")]
            : Array.Empty<Refusal>(),
        .. scenario.Stack.ReadsFromReplicas
            ? [new Refusal(scenario.Stack.Stated["database"], "in a cluster nobody takes a replica that lags out of the Service of the replicas; 'reads: replicas' can be had in 'local' alone.")]
            : Array.Empty<Refusal>(),
    ];
}
