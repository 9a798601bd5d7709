using EmbeddedSpire.Agent.Caching;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>Finds out what is true of a process.</summary>
internal interface IWorkloadAttestor
{
    /// <summary>Gets its name in configurations; the type of its selectors.</summary>
    string Name { get; }

    /// <summary>Attests a process.</summary>
    /// <param name="processId">The process.</param>
    /// <exception cref="AgentException">It cannot be looked at, mostly because it is gone.</exception>
    IReadOnlyList<WorkloadSelector> Attest(int processId);
}
