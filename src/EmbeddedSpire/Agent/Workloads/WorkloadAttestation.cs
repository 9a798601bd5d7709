using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>Asks every attestor about a caller. What some cannot tell is missing; only when none can tell anything it fails.</summary>
internal sealed class WorkloadAttestation
{
    private readonly IReadOnlyList<IWorkloadAttestor> _attestors;
    private readonly MetricRegistry _metrics;
    private readonly CallMetric _all;
    private readonly Logger _log;

    /// <summary>Creates the attestation.</summary>
    /// <param name="attestors">The attestors; at least one.</param>
    /// <param name="metrics">Told of attestations.</param>
    /// <param name="log">Told of failures.</param>
    public WorkloadAttestation(IReadOnlyList<IWorkloadAttestor> attestors, MetricRegistry metrics, Logger log)
    {
        _attestors = attestors;
        _metrics = metrics;
        _all = metrics.Call("workload_api_workload_attestation");
        _log = log.For("workload_attestor");
    }

    /// <summary>Attests a caller.</summary>
    /// <param name="caller">The caller.</param>
    /// <returns>What is true of it.</returns>
    /// <exception cref="GrpcException">Nothing could be found out.</exception>
    public IReadOnlySet<WorkloadSelector> Attest(CallerProcess caller)
    {
        var begun = _all.Begin();
        var log = _log.With("pid", caller.Id);
        var selectors = new HashSet<WorkloadSelector>();
        var successes = _attestors.Count(attestor => TryAttest(attestor, caller, selectors, log));
        if (successes == 0 || !caller.IsAlive)
        {
            _all.End(begun, nameof(StatusCode.Unknown));
            throw new GrpcException(StatusCode.Unavailable, "workload attestation failed");
        }

        _all.End(begun, nameof(StatusCode.OK));
        _metrics.Observe("workload_api_discovered_selectors", selectors.Count);
        if (!caller.IsAgent && log.IsOn(LogLevel.Debug))
        {
            log.Debug("PID attested to have selectors", ("selectors", selectors.Select(selector => selector.ToString()).ToArray<object>()));
        }

        return selectors;
    }

    private bool TryAttest(IWorkloadAttestor attestor, CallerProcess caller, HashSet<WorkloadSelector> selectors, Logger log)
    {
        var metric = _metrics.Call("workload_api_workload_attestor");
        var begun = metric.Begin();
        try
        {
            selectors.UnionWith(attestor.Attest(caller.Id));
            metric.End(begun, nameof(StatusCode.OK), ("attestor", attestor.Name));
            return true;
        }
        catch (AgentException failure)
        {
            metric.End(begun, nameof(StatusCode.Internal), ("attestor", attestor.Name));
            log.Error($"workload attestor \"{attestor.Name}\" failed", ("error", failure.Message));
            return false;
        }
    }
}
