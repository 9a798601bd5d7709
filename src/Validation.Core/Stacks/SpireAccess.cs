namespace Validation.Core.Stacks;

/// <summary>What a stack may give to a driver, or not, besides the API of its SPIRE servers.</summary>
public enum SpireAccess
{
    /// <summary>The authority, with its key, whose nodes the servers attest: <see cref="ISpireStack.NodeAuthority"/>.</summary>
    NodeAuthority,

    /// <summary>The rights of an administrator: <see cref="ISpireStack.AdministratorId"/>.</summary>
    Administrator,

    /// <summary>The Workload API of its agents: <see cref="SpireAgentAccess.DialWorkloadApi"/>.</summary>
    WorkloadApi,
}
