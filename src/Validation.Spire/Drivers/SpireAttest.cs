using Spire.Wire.Certificates;
using Validation.Core.Loads;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Spire.Access;

namespace Validation.Spire.Drivers;

/// <summary>One operation is the attestation of one node: a new TLS connection, <c>x509pop</c>, the agent's SVID verified.</summary>
public sealed class SpireAttest : ILoadDriver
{
    private static readonly Parameter<int> Nodes = Parameters.Count(
        "nodes", "How many virtual nodes take turns; each keeps its own certificate.", 1, 100_000, 100);

    /// <inheritdoc/>
    public DriverKind Kind { get; } = new(
        DriverNames.SpireAttest,
        "A new TLS connection through the load balancer, x509pop attestation, the agent's SVID verified.",
        [Nodes])
    {
        Needs = [SpireAccess.NodeAuthority],
    };

    /// <inheritdoc/>
    public async Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken)
    {
        var session = await SpireSession.OpenAsync(site, cancellationToken);
        var nodes = Enumerable.Range(1, load.Parameters.Get(Nodes)).Select(i => session.Nodes.Make($"{load.Name}-{i}")).ToArray();
        var keys = await KeyStock.StartAsync(load.Name, load.Arrivals, SigningRequest.ForAgent, site.Events, cancellationToken);
        return new Prepared(load, site, session, nodes, keys);
    }

    private sealed class Prepared(
        LoadSpec load, LoadSite site, SpireSession session, IReadOnlyList<NodeCertificate> nodes, KeyStock keys) : IFiredLoad
    {
        public async ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken)
        {
            var node = nodes[(int)(operation.Number % nodes.Count)];
            var prepared = keys.Take();
            using var key = prepared.Key;
            using var channel = session.Connector.ForAttestation();
            try
            {
                var svid = await Attestation.AttestAsync(channel, node, prepared.Request, load.Timeout, operation.Answered, cancellationToken);
                return await SvidAnswer.JudgeAsync(
                    load.Name,
                    svid,
                    SpiffeId.Of(session.Trust.TrustDomain, node.AgentPath),
                    key.ExportSubjectPublicKeyInfo(),
                    session.Trust,
                    site.Svids,
                    cancellationToken);
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
            {
                return Failures.Of(failure);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await keys.DisposeAsync();
            session.Dispose();
        }
    }
}
