using Spire.Wire.Certificates;
using Spire.Wire.Grpc;
using Validation.Core;
using Validation.Core.Loads;

namespace Validation.Spire.Access;

/// <summary>An attested agent without a machine: a node certificate, an agent SVID, one connection.</summary>
internal sealed class VirtualAgent : IDisposable
{
    private static readonly TimeSpan AttestationLimit = TimeSpan.FromSeconds(20);
    private const int Attempts = 5;

    private readonly SemaphoreSlim _renewing = new(1);
    private readonly SpireSession _session;
    private readonly NodeCertificate _node;
    private readonly TimeProvider _time;

    private VirtualAgent(SpireSession session, NodeCertificate node, X509Svid svid, TimeProvider time)
    {
        _session = session;
        _node = node;
        _time = time;
        Channel = new AgentChannel(session.Connector, svid);
    }

    /// <summary>Gets the agent's connection.</summary>
    public AgentChannel Channel { get; }

    /// <summary>Attests a new agent; tries again a few times, as servers may still be learning each other's authorities.</summary>
    /// <param name="session">The session.</param>
    /// <param name="node">The node's certificate.</param>
    /// <param name="site">Where the load runs.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">The servers refused.</exception>
    public static async Task<VirtualAgent> AttestAsync(
        SpireSession session, NodeCertificate node, LoadSite site, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new VirtualAgent(session, node, await AttestAsync(session, node, cancellationToken), site.Time);
            }
            catch (GrpcException failure) when (attempt < Attempts)
            {
                site.Events.Record(new Core.Running.FailureSeen("preparation", "attestation", failure.Message));
                await Task.Delay(TimeSpan.FromSeconds(attempt), site.Time, cancellationToken);
            }
            catch (GrpcException failure)
            {
                throw new HarnessException(ExitCode.EnvironmentFailed, $"A virtual agent could not be attested: {failure.Message}", innerException: failure);
            }
        }
    }

    /// <summary>Attests again when half of the SVID's life is over, as agents with a re-attestable attestor do.</summary>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="GrpcException">The servers refused.</exception>
    public async ValueTask KeepFreshAsync(CancellationToken cancellationToken)
    {
        if (!IsHalfOver())
        {
            return;
        }

        await _renewing.WaitAsync(cancellationToken);
        try
        {
            if (IsHalfOver())
            {
                Channel.Renew(await AttestAsync(_session, _node, cancellationToken));
            }
        }
        finally
        {
            _renewing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Channel.Dispose();
        _renewing.Dispose();
    }

    private static async Task<X509Svid> AttestAsync(SpireSession session, NodeCertificate node, CancellationToken cancellationToken)
    {
        using var key = Keys.Create();
        using var channel = session.Connector.ToAnyServer();
        var svid = await Attestation.AttestAsync(channel, node, SigningRequest.ForAgent(key), AttestationLimit, cancellationToken);
        return X509Svid.FromApi(svid, key);
    }

    private bool IsHalfOver()
    {
        var leaf = Channel.Identity.Leaf;
        return _time.GetUtcNow() > leaf.NotBefore + ((leaf.NotAfter - leaf.NotBefore) / 2);
    }
}
