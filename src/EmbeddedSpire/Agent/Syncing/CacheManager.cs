using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Agent.Timing;
using EmbeddedSpire.Logging;

namespace EmbeddedSpire.Agent.Syncing;

/// <summary>
/// Runs what an agent does in the background, and decides what becomes of the agent when the server refuses it: it attests
/// again where it stands, or forgets who it is and stops.
/// </summary>
internal sealed class CacheManager
{
    private readonly Synchronizer _synchronizer;
    private readonly SvidRotator _rotator;
    private readonly ServerClient _client;
    private readonly CurrentIdentity _identity;
    private readonly Remembering _remember;
    private readonly TimeProvider _time;
    private readonly Logger _log;

    /// <summary>Creates the manager.</summary>
    public CacheManager(
        Synchronizer synchronizer,
        SvidRotator rotator,
        ServerClient client,
        CurrentIdentity identity,
        Remembering remember,
        TimeProvider time,
        Logger log)
    {
        _synchronizer = synchronizer;
        _rotator = rotator;
        _client = client;
        _identity = identity;
        _remember = remember;
        _time = time;
        _log = log;
    }

    /// <summary>Syncs for the first time. Attempts are repeated for a minute; workloads are served after one has succeeded.</summary>
    /// <param name="patience">Tells when to stop.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AgentException">The last attempt failed, or the server refuses this agent.</exception>
    public async Task InitializeAsync(Patience patience, CancellationToken cancellationToken)
    {
        _remember.Identity(_identity.Value);
        while (true)
        {
            try
            {
                await TryPostStatusAsync(cancellationToken);
                await _synchronizer.SyncAsync(cancellationToken);
                return;
            }
            catch (AgentException failure)
            {
                if (failure.MeansReattest() || failure.MeansBanned())
                {
                    _log.Error(
                        failure.MeansBanned() ? "Agent is banned: removing SVID and shutting down" : "Agent needs to re-attest: removing SVID and shutting down",
                        ("error", failure.Message));
                    _remember.Forget();
                    throw;
                }

                if (!patience.TryNext(out var pause))
                {
                    throw;
                }

                _log.Warn("Failed to initialize manager", ("error", failure.Message), ("retry_interval", pause));
                await Task.Delay(pause, _time, cancellationToken);
            }
        }
    }

    /// <summary>Keeps everything up to date until it is cancelled.</summary>
    /// <exception cref="AgentException">The agent cannot go on.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    await Together.RunAsync([_synchronizer.RunAsync, _synchronizer.RunSvidsAsync, _rotator.RunAsync], cancellationToken);
                }
                catch (AgentException failure)
                {
                    await ReactAsync(failure, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _log.Info("Cache manager stopped");
        }
        finally
        {
            _client.Release();
        }
    }

    private async Task TryPostStatusAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _client.PostStatusAsync(Release.Embedded, cancellationToken);
        }
        catch (AgentException failure)
        {
            // Servers before 1.14 do not know the call.
            _log.Error("Failed to post agent status", ("agent_version", Release.Embedded), ("error", failure.Message));
        }
    }

    private async Task ReactAsync(AgentException failure, CancellationToken cancellationToken)
    {
        if (failure.MeansReattest())
        {
            _log.Warn("Agent needs to re-attest; will attempt to re-attest", ("error", failure.Message));
            try
            {
                await _rotator.ReattestAsync(cancellationToken);
                return;
            }
            catch (AgentException second)
            {
                _log.Error("Agent failed re-attestation; removing SVID and shutting down", ("error", second.Message));
                _remember.Forget();
            }
        }
        else if (failure.MeansBanned())
        {
            _log.Warn("Agent is banned: removing SVID and shutting down", ("error", failure.Message));
            _remember.Forget();
        }
        else
        {
            _log.Error("Cache manager crashed", ("error", failure.Message));
        }

        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }
}
