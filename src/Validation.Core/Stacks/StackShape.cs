namespace Validation.Core.Stacks;

/// <summary>A stack before it exists: its nodes, and what can be done to them and to it.</summary>
/// <param name="Nodes">The nodes.</param>
/// <param name="Can">What can be done to the stack as a whole, as the interfaces it will implement.</param>
public sealed record StackShape(IReadOnlyList<NodeShape> Nodes, IReadOnlySet<Type> Can);

/// <summary>A node before it exists.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">Its role.</param>
/// <param name="Can">What can be done to it, as the interfaces it will implement.</param>
public sealed record NodeShape(string Name, string Role, IReadOnlySet<Type> Can);

/// <summary>Says in words what a capability interface lets a fault do.</summary>
public static class CapabilityNames
{
    private static readonly Dictionary<Type, string> Words = new()
    {
        [typeof(IKillable)] = "be killed",
        [typeof(IStoppable)] = "be stopped gracefully",
        [typeof(IErasable)] = "lose what it has stored, which takes a data directory of the harness' own, as in 'local'",
        [typeof(IPausable)] = "be paused",
        [typeof(IManagerPausable)] = "have its main process alone paused, which takes processes of the harness' own, as in 'local'",
        [typeof(IProcessorControl)] = "be left with less processor time, which takes processes of the harness' own, as in 'local'",
        [typeof(ILimitable)] = "have its processes limited, which takes processes of the harness' own, as in 'local'",
        [typeof(IStorageControl)] = "have its disk filled, which takes a file system of the harness' own, as in 'local'",
        [typeof(IClockControl)] = "have its clock set off, which takes an embedded SPIRE in 'local': SPIRE's own programs do not ask libc for the time",
        [typeof(IReleaseControl)] = "be started as another release, which takes --spire-next or the embedded SPIRE in 'local'",
        [typeof(IBalancerControl)] = "give orders to its load balancer, which takes a load balancer of the harness' own, as in 'local'",
        [typeof(INetworkControl)] = "have its network cut",
        [typeof(ILinkImpairment)] = "have its links impaired, which takes a router of the harness' own, as in 'local'",
        [typeof(INameControl)] = "have its name server silenced, which takes 'stack: { dns: 1 }' in 'local'; the DNS of a cluster belongs to everybody in it",
        [typeof(IDatabaseCluster)] = "move its database's primary role",
        [typeof(IDatabaseControl)] = "run statements in its database, which takes a database of the harness' own, as in 'local'",
        [typeof(ISpireStack)] = "give access to SPIRE",
        [typeof(ISpireControl)] = "give orders to its SPIRE servers",
        [typeof(IConnectionControl)] = "have its connections broken off, which takes processes of the harness' own, as in 'local'",
        [typeof(ISourceAddresses)] = "give each agent an address of its own ('addresses: one-each'), which takes a network of the harness' own, as in 'local'; a pod has one address",
        [typeof(IAgentConnections)] = "tell which server an agent is connected to, which takes a load balancer of the harness' own, as in 'local'",
        [typeof(IWorkerStack)] = "run load workers",
        [typeof(IPod)] = "have its pod replaced",
        [typeof(IReplica)] = "be scaled",
        [typeof(IRolloutControl)] = "restart a role by a rollout",
        [typeof(IScaleControl)] = "scale a role",
        [typeof(ICordonControl)] = "cordon Kubernetes nodes",
        [typeof(IEvictionControl)] = "evict pods",
    };

    /// <summary>Returns the words that follow "cannot" in a refusal.</summary>
    /// <param name="capability">One of the capability interfaces.</param>
    public static string Of(Type capability) => Words.GetValueOrDefault(capability, capability.Name);
}
