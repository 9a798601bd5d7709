using System.Net;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client.Lean;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Running;
using static Spire.Wire.Contracts.Types.PermissionDeniedDetails.Types;

namespace Validation.Spire.Access;

/// <summary>
/// An attested agent without a machine: a node certificate, an agent SVID, one connection. It attests again beside its calls when
/// half of the SVID's life is over, and when a server says that it has to, as SPIRE's agent does with a re-attestable attestor.
/// </summary>
internal sealed class VirtualAgent : IAsyncDisposable
{
    private static readonly TimeSpan AttestationLimit = TimeSpan.FromSeconds(20);

    // SPIRE's agent looks every 5 s whether it has to attest again.
    private static readonly TimeSpan AttestsAgainAfter = TimeSpan.FromSeconds(5);
    private const int Attempts = 5;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SpireSession _session;
    private readonly NodeCertificate _node;
    private readonly IPEndPoint _api;
    private readonly LoadSite _site;
    private Task _attesting = Task.CompletedTask;
    private long? _lastAttempt;

    private VirtualAgent(SpireSession session, NodeCertificate node, IPEndPoint api, X509Svid svid, LoadSite site)
    {
        (_session, _node, _api, _site) = (session, node, api, site);
        Channel = new AgentChannel(session.Connector, api, svid);
    }

    /// <summary>Gets the agent's connection.</summary>
    public AgentChannel Channel { get; }

    /// <summary>Attests a new agent; tries again a few times, as servers may still be learning each other's authorities.</summary>
    /// <param name="session">The session.</param>
    /// <param name="node">The node's certificate.</param>
    /// <param name="api">The server that it calls, or the load balancer.</param>
    /// <param name="site">Where the load runs.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">The servers refused.</exception>
    public static async Task<VirtualAgent> AttestAsync(
        SpireSession session, NodeCertificate node, IPEndPoint api, LoadSite site, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new VirtualAgent(session, node, api, await AttestAsync(session, node, api, cancellationToken), site);
            }
            catch (Exception failure) when (Failures.IsOfStack(failure) && attempt < Attempts)
            {
                site.Events.Record(new FailureSeen("preparation", "attestation", Failures.TextOf(failure)));
                await Task.Delay(TimeSpan.FromSeconds(attempt), site.Time, cancellationToken);
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
            {
                throw new HarnessException(ExitCode.EnvironmentFailed, $"A virtual agent could not be attested: {Failures.TextOf(failure)}", innerException: failure);
            }
        }
    }

    /// <summary>Makes calls as this agent.</summary>
    /// <typeparam name="T">What the calls bring.</typeparam>
    /// <param name="calls">Makes the calls; is asked again when the agent's own attestation overtook them.</param>
    /// <param name="cancellationToken">Ends the waiting for an attestation that overtook the calls.</param>
    public async Task<T> UseAsync<T>(Func<UnaryChannel, Task<T>> calls, CancellationToken cancellationToken)
    {
        if (IsHalfOver())
        {
            AttestSoon();
        }

        var shown = Channel.Identity;
        try
        {
            return await Channel.UseAsync(calls);
        }
        catch (GrpcException denial) when (MustAttest(denial))
        {
            if (Failures.ReasonOf(denial) != Reason.AgentNotActive || !await WasOvertakenAsync(shown, cancellationToken))
            {
                AttestSoon();
                throw;
            }
        }

        return await Channel.UseAsync(calls);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _attesting;
        Channel.Dispose();
        _stop.Dispose();
    }

    // A ban is final; with the other reasons SPIRE's agent attests again and goes on.
    private static bool MustAttest(GrpcException denial) => Failures.ReasonOf(denial)
        is Reason.AgentExpired or Reason.AgentNotAttested or Reason.AgentNotActive or Reason.AgentMustReattest;

    private static async Task<X509Svid> AttestAsync(SpireSession session, NodeCertificate node, IPEndPoint api, CancellationToken cancellationToken)
    {
        using var key = Keys.Create();
        using var channel = session.Connector.ForAttestation(api);
        var svid = await Attestation.AttestAsync(channel, node, SigningRequest.ForAgent(key), AttestationLimit, () => { }, cancellationToken);
        return SvidAnswer.Take(svid, key);
    }

    /// <summary>Tells whether calls failed only because servers refuse an SVID from the moment they have signed its successor.</summary>
    private async Task<bool> WasOvertakenAsync(X509Svid shown, CancellationToken cancellationToken)
    {
        Task attesting;
        lock (_gate)
        {
            attesting = _attesting;
        }

        await attesting.WaitAsync(cancellationToken);
        return Channel.Identity != shown;
    }

    private void AttestSoon()
    {
        lock (_gate)
        {
            if (!_attesting.IsCompleted || _stop.IsCancellationRequested
                || (_lastAttempt is { } last && _site.Time.GetElapsedTime(last) < AttestsAgainAfter))
            {
                return;
            }

            _lastAttempt = _site.Time.GetTimestamp();
            _attesting = Task.Run(AttestAgainAsync);
        }
    }

    private async Task AttestAgainAsync()
    {
        try
        {
            Channel.Renew(await AttestAsync(_session, _node, _api, _stop.Token));
        }
        catch (Exception failure) when (Failures.IsOfStack(failure))
        {
            // The SVID that it has is good for as long again; operations fail if it is not.
            _site.Events.Record(new FailureSeen("renewal", "attestation", Failures.TextOf(failure)));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    private bool IsHalfOver()
    {
        var leaf = Channel.Identity.Leaf;
        return _site.Time.GetUtcNow() > leaf.NotBefore + ((leaf.NotAfter - leaf.NotBefore) / 2);
    }
}
