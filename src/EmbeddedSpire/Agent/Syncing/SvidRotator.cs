using System.Security.Cryptography;
using EmbeddedSpire.Agent.Attestation;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Agent.Storage;
using EmbeddedSpire.Agent.Timing;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Syncing;

/// <summary>
/// Replaces the agent's own SVID in time: looks every 5 s, and from half of its life on attests again, or has it renewed
/// where the attestor allows no second time. A renewed SVID counts for the server from its first use on.
/// </summary>
internal sealed class SvidRotator
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly CurrentIdentity _identity;
    private readonly IKeyManager _keys;
    private readonly INodeAttestor _attestor;
    private readonly ServerClient _client;
    private readonly RotationLock _lock;
    private readonly Func<ServerChannel> _dialToAttest;
    private readonly Remembering _remember;
    private readonly Rotation _rotation;
    private readonly Backoff _backoff;
    private readonly TimeProvider _time;
    private readonly MetricRegistry _metrics;
    private readonly Logger _log;
    private volatile bool _isTainted;

    /// <summary>Creates the rotator.</summary>
    /// <param name="identity">The agent's identity; replaced.</param>
    /// <param name="keys">The agent's keys.</param>
    /// <param name="attestor">Convinces servers.</param>
    /// <param name="client">The server; its channel is dropped when the SVID was replaced.</param>
    /// <param name="rotationLock">Entered while the SVID is being replaced.</param>
    /// <param name="dialToAttest">Makes a channel that shows no certificate.</param>
    /// <param name="remember">Writes the new identity down.</param>
    /// <param name="rotation">Tells when it is time.</param>
    /// <param name="jitter">Draws the pauses.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Told of attempts.</param>
    /// <param name="log">Told of progress.</param>
    public SvidRotator(
        CurrentIdentity identity,
        IKeyManager keys,
        INodeAttestor attestor,
        ServerClient client,
        RotationLock rotationLock,
        Func<ServerChannel> dialToAttest,
        Remembering remember,
        Rotation rotation,
        Jitter jitter,
        TimeProvider time,
        MetricRegistry metrics,
        Logger log)
    {
        _identity = identity;
        _keys = keys;
        _attestor = attestor;
        _client = client;
        _lock = rotationLock;
        _dialToAttest = dialToAttest;
        _remember = remember;
        _rotation = rotation;
        _backoff = new Backoff(Interval, jitter);
        _time = time;
        _metrics = metrics;
        _log = log;
    }

    /// <summary>Gets whether a re-attestation may take as long as it likes: <see cref="Defect.AttestsWithoutLimit"/>.</summary>
    public bool AttestsWithoutLimit { get; init; }

    /// <summary>Gets whether one failure is enough to give up: <see cref="Defect.GivesUpReattesting"/>.</summary>
    public bool GivesUpAtOnce { get; init; }

    /// <summary>Looks after the SVID until it is cancelled.</summary>
    /// <exception cref="AgentException">The server will not have this agent any more, or the SVID has expired.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await LookAsync(cancellationToken);
                await Task.Delay(_backoff.Next(), _time, cancellationToken);
            }
        }
        finally
        {
            _log.Debug("Stopping SVID rotator");
            _client.Release();
        }
    }

    /// <summary>Attests again, because the server has asked for it.</summary>
    /// <exception cref="AgentException">It failed, or this attestor allows no second time.</exception>
    public Task ReattestAsync(CancellationToken cancellationToken) => _identity.Value.Reattestable
        ? _metrics.Call("node_attest").MeasureAsync(() => ReplaceByAttestingAsync(cancellationToken))
        : throw new AgentException("attestation method is not re-attestable");

    /// <summary>Replaces the SVID at the next look if one of these authorities has issued it.</summary>
    /// <param name="tainted">A bundle of tainted authorities only.</param>
    public void Distrust(TrustBundle tainted)
    {
        if (_isTainted)
        {
            _log.Debug("Agent SVID already tainted");
        }
        else if (new SvidVerifier(tainted).Verify(_identity.Value.Svid.Chain, _time.GetUtcNow()).IsValid)
        {
            _log.Info("Agent SVID is tainted by a root authority, forcing rotation");
            _isTainted = true;
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var (svid, reattestable) = (_identity.Value.Svid, _identity.Value.Reattestable);
        try
        {
            if (_isTainted || _rotation.IsX509Due(svid.Leaf.NotBefore, svid.Leaf.NotAfter, _time.GetUtcNow()))
            {
                await (reattestable ? ReattestAsync(cancellationToken) : RenewAsync(cancellationToken));
            }

            _backoff.Reset();
        }
        catch (AgentException failure)
        {
            var attempt = reattestable ? "reattest agent" : "rotate agent SVID";
            _log.Error($"Could not {attempt}", ("error", failure.Message));
            if (_time.GetUtcNow() > svid.Leaf.NotAfter)
            {
                throw new AgentException($"current SVID has already expired and {attempt} failed: {failure.Message}", failure);
            }

            if (failure.MeansReattest() || failure.MeansBanned() || GivesUpAtOnce)
            {
                throw;
            }
        }
    }

    private Task RenewAsync(CancellationToken cancellationToken) =>
        _metrics.Call("agent_svid_rotate").MeasureAsync(() => ReplaceByRenewingAsync(cancellationToken));

    private async Task<AgentIdentity> ReplaceByAttestingAsync(CancellationToken cancellationToken)
    {
        using var turn = await _lock.EnterRenewalAsync(cancellationToken);
        _log.Debug("Reattesting node");
        var key = _keys.Generate(_identity.Value.Key, _metrics);
        using var channel = _dialToAttest();
        using var late = new CancellationTokenSource(AttestsWithoutLimit ? Timeout.InfiniteTimeSpan : ServerClient.CallLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        var identity = await AttestAsync(channel, key, either.Token, cancellationToken);
        _log.Info("Successfully reattested node", ("spiffe_id", identity.Svid.Id));
        return Use(identity);
    }

    private async Task<AgentIdentity> AttestAsync(ServerChannel channel, AgentKey key, CancellationToken limited, CancellationToken cancellationToken)
    {
        try
        {
            return await AttestationDialogue.RunAsync(channel, _attestor, key, limited);
        }
        catch (Exception end) when (limited.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new AgentException("failed to receive attestation response: context deadline exceeded", end);
        }
    }

    private async Task<AgentIdentity> ReplaceByRenewingAsync(CancellationToken cancellationToken)
    {
        using var turn = await _lock.EnterRenewalAsync(cancellationToken);
        _log.Debug("Rotating agent SVID");
        var key = _keys.Generate(_identity.Value.Key, _metrics);
        var answer = await _client.RenewAsync(SigningRequest.ForAgent(key.Key), cancellationToken);
        try
        {
            var svid = X509Svid.FromApi(answer, key.Key);
            _log.Info("Successfully rotated agent SVID", ("spiffe_id", svid.Id));
            return Use(new AgentIdentity(svid, key, Reattestable: false));
        }
        catch (Exception error) when (error is CryptographicException or FormatException)
        {
            throw new AgentException($"failed to renew agent: invalid SVID cert chain: {error.Message}", error);
        }
    }

    private AgentIdentity Use(AgentIdentity identity)
    {
        _identity.Value = identity;
        _isTainted = false;
        _remember.Identity(identity);

        // The old channel is tied to the old SVID.
        _client.Release();
        return identity;
    }
}
