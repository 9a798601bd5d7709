using System.Security.Cryptography;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Agent.Storage;
using EmbeddedSpire.Agent.Timing;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Agent.Attestation;

/// <summary>
/// Gives the agent an identity and a bundle when it starts: those that it remembers, if they can still be used, or new ones
/// by attesting. Attempts are repeated for a minute; a server that refuses ends them at once.
/// </summary>
internal sealed class Bootstrapper
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    // A certificate that ends within it is not begun with.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(1);

    private readonly BootstrapTrust _trust;
    private readonly AgentData _data;
    private readonly IKeyManager _keys;
    private readonly INodeAttestor _attestor;
    private readonly Func<ServerTrust, ServerChannel> _dial;
    private readonly Jitter _jitter;
    private readonly TimeProvider _time;
    private readonly MetricRegistry _metrics;
    private readonly Logger _log;

    /// <summary>Creates the bootstrapper.</summary>
    /// <param name="trust">Whom to trust at first.</param>
    /// <param name="data">What the agent remembers.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="attestor">Convinces servers.</param>
    /// <param name="dial">Makes a channel to the servers.</param>
    /// <param name="jitter">Draws the pauses.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Told of attempts.</param>
    /// <param name="log">Told of progress.</param>
    public Bootstrapper(
        BootstrapTrust trust,
        AgentData data,
        IKeyManager keys,
        INodeAttestor attestor,
        Func<ServerTrust, ServerChannel> dial,
        Jitter jitter,
        TimeProvider time,
        MetricRegistry metrics,
        Logger log)
    {
        _trust = trust;
        _data = data;
        _keys = keys;
        _attestor = attestor;
        _dial = dial;
        _jitter = jitter;
        _time = time;
        _metrics = metrics;
        _log = log.For("attestor");
    }

    /// <summary>Gets the patience that SPIRE has with servers at the start: 5 s ± 10 %, half as much more each time, for a minute.</summary>
    public static Patience NewPatience(Jitter jitter, TimeProvider time) => new(new Backoff(FirstPause, jitter), Limit, time);

    /// <summary>Gives the agent an identity.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AgentException">The last attempt failed.</exception>
    public async Task<(AgentIdentity Identity, TrustBundle Bundle)> RunAsync(CancellationToken cancellationToken)
    {
        var patience = NewPatience(_jitter, _time);
        var start = _time.GetUtcNow();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var result = await TryAsync(start, attempt, cancellationToken);
                _data.StoreBootstrapDone();
                Report(start, attempt, isDone: true);
                return result;
            }
            catch (AgentException failure)
            {
                if (failure is ServerCallException { Status.Code: StatusCode.PermissionDenied } || !patience.TryNext(out var pause))
                {
                    throw;
                }

                _log.Warn("Failed to retrieve attestation result", ("error", failure.Message), ("retry_interval", pause));
                await Task.Delay(pause, _time, cancellationToken);
            }
        }
    }

    private async Task<(AgentIdentity Identity, TrustBundle Bundle)> TryAsync(DateTimeOffset start, int attempt, CancellationToken cancellationToken)
    {
        var known = _data.Bundle;
        TrustBundle? bundle;
        if (known.Count > 0)
        {
            bundle = new TrustBundle { TrustDomain = _trust.TrustDomain, X509Authorities = [.. known.Select(der => new X509Authority(der))] };
        }
        else
        {
            _data.StoreBootstrap(start, attempt);
            Report(start, attempt, isDone: false);
            bundle = _trust.Read();
        }

        _log.Info(bundle is null ? "Bundle is not found" : "Bundle loaded", ("trust_domain_id", _trust.TrustDomain.Id));
        if (Remembered(out var oldKey) is not { } identity)
        {
            _log.Info("SVID is not found. Starting node attestation", ("trust_domain_id", _trust.TrustDomain.Id));
            return await _metrics.Call("node_attestor_new_svid").MeasureAsync(
                () => AttestAsync(bundle, oldKey, cancellationToken), ("attestor", _attestor.Name));
        }

        _log.Info("SVID loaded", ("trust_domain_id", _trust.TrustDomain.Id), ("spiffe_id", identity.Svid.Id));
        return (identity, bundle ?? throw new AgentException("SVID loaded but no bundle in cache"));
    }

    /// <summary>Returns the identity of the last run, if it can still be used.</summary>
    private AgentIdentity? Remembered(out AgentKey? key)
    {
        var chain = _data.Svid;
        var keys = _keys.ReadAll(_metrics);
        key = chain.Count == 0 ? null : keys.FirstOrDefault(key => key.Fits(DecodedCertificate.Decode(chain[0]).PublicKey.Span));
        if (key is null)
        {
            if (chain.Count > 0)
            {
                _log.Warn($"SVID recovered, but no {(keys.Count == 0 ? "keys" : "SVID key")} found. Generating new keypair");
            }
            else if (keys.Count > 0)
            {
                _log.Warn("Keys recovered, but no SVID found. Generating new keypair");
            }

            return null;
        }

        var svid = new X509Svid(chain, key.Key);
        if (_time.GetUtcNow() + ClockSkew < svid.Leaf.NotAfter)
        {
            return new AgentIdentity(svid, key, _data.Reattestable);
        }

        _log.Warn("SVID key recovered, but SVID is expired. Generating new keypair", ("expiry", svid.Leaf.NotAfter));
        svid.Dispose();
        return null;
    }

    private async Task<(AgentIdentity Identity, TrustBundle Bundle)> AttestAsync(
        TrustBundle? bundle, AgentKey? oldKey, CancellationToken cancellationToken)
    {
        var trust = bundle is null ? ServerTrust.ByNameOnly(_trust.TrustDomain, _time) : ServerTrust.ByBundle(bundle, null, _time);
        if (bundle is null)
        {
            _log.Warn("Insecure bootstrap enabled; skipping server certificate verification");
        }

        using var channel = _dial(trust);
        var identity = await AttestationDialogue.RunAsync(channel, _attestor, _keys.Generate(oldKey, _metrics), cancellationToken);
        _log.Info("Node attestation was successful", ("reattestable", identity.Reattestable), ("spiffe_id", identity.Svid.Id));
        return (identity, await FetchBundleAsync(channel, cancellationToken));
    }

    private static async Task<TrustBundle> FetchBundleAsync(ServerChannel channel, CancellationToken cancellationToken)
    {
        try
        {
            var server = await channel.PickAsync(cancellationToken);
            return TrustBundle.FromApi(await server.CallAsync(BundleMethods.GetBundle, new GetBundleRequest(), default, cancellationToken));
        }
        catch (GrpcException failure)
        {
            throw new ServerCallException("failed to get updated bundle", failure);
        }
        catch (Exception error) when (error is FormatException or CryptographicException)
        {
            throw new AgentException($"failed to get updated bundle: failed to parse trust domain bundle: {error.Message}", error);
        }
    }

    private void Report(DateTimeOffset start, int attempts, bool isDone)
    {
        // SPIRE calls every start a rebootstrap once the first one is over, and begins at Go's zero time.
        var mode = isDone ? "rebootstrap" : "bootstrap";
        _metrics.Set("bootstrapped", isDone ? 1 : 0);
        _metrics.Set("bootstrap_attempts", isDone ? 0 : attempts, ("mode", mode));
        _metrics.Set("bootstrap_seconds", (isDone ? DateTimeOffset.MinValue : start).ToUnixTimeSeconds(), ("mode", mode));
    }
}
