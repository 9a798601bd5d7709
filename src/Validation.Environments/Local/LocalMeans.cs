using Validation.Core.Stacks;
using Validation.Environments.Local.Network;

namespace Validation.Environments.Local;

/// <summary>How <c>local</c> does what faults ask of it: the calls and commands, for people who plan a run.</summary>
internal static class LocalMeans
{
    private static readonly Dictionary<Type, string> Words = new()
    {
        [typeof(IKillable)] = "kill(SIGKILL) to every process in the node's network namespace; its supervisor starts it again with back-off",
        [typeof(IStoppable)] = "kill(SIGTERM) to the node's main process, SIGKILL to what is left after the grace period",
        [typeof(IErasable)] = "removes what is in the node's own file system while it is down",
        [typeof(IPausable)] = "kill(SIGSTOP) to every process in the node's network namespace; a guard process sends SIGCONT when told, when the lease ends, or when the harness is gone",
        [typeof(IProcessorControl)] = "processes that count ('while :; do :; done') in the node's network namespace, or SIGSTOP and SIGCONT many times a second; both end with their lease",
        [typeof(ILimitable)] = "prlimit(RLIMIT_DATA or RLIMIT_NOFILE) on every process of the node; a guard process sets them back when the lease ends",
        [typeof(IStorageControl)] = "mount -o remount,size=USED of the node's own tmpfs; a guard process remounts it with size=50% when the lease ends",
        [typeof(IClockControl)] = "a restart under libfaketime, whose file says how far the clock is off; a guard process writes +0 into it when the lease ends",
        [typeof(IReleaseControl)] = "a graceful restart with the other release's program",
        [typeof(IBalancerControl)] = "orders over HAProxy's administration socket ('set server BACK-END health down', 'set var' with the second at which it ends)",
        [typeof(INetworkControl)] = $"nft -f - in the router's network namespace: add element {StarNetwork.Cuts.Table} leased {{ FROM . TO timeout LEASE }}, renewed until it is deleted; the kernel forgets it by itself",
        [typeof(ILinkImpairment)] = "nft -f - marks packets by elements with a timeout, 'ip rule' leads marked ones into a cable of their own, at whose end a process of the harness delays, drops, doubles, holds back, damages or paces them; reject and reset are nft's own; without the lease packets take the direct way, without the process they are lost until that is noticed after a second",
        [typeof(INameControl)] = "packets to the name server are dropped as in a partition",
        [typeof(IDatabaseCluster)] = "Patroni's REST interface (GET /cluster, POST /switchover)",
        [typeof(IDatabaseControl)] = "SQL in sessions of the superuser; what has to be taken back is handed to the server first, which does so when the lease ends or the harness is gone",
        [typeof(IConnectionControl)] = "pidfd_getfd(2) for each accepted socket, and connect(AF_UNSPEC), which resets it",
        [typeof(ISpireStack)] = "the servers' gRPC interface",
        [typeof(ISpireControl)] = "the servers' gRPC interface as administrator, over their local socket",
    };

    /// <summary>Returns the words.</summary>
    /// <param name="capability">One of the capability interfaces.</param>
    /// <returns>Null for one that <c>local</c> does not have.</returns>
    public static string? Of(Type capability) => Words.GetValueOrDefault(capability);
}
