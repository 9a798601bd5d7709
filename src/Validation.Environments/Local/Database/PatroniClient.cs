using System.Net;
using System.Text.Json;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Local.Database;

/// <summary>Talks to Patroni's REST API: from the router, past every cut link, or by the way that it is given.</summary>
internal sealed class PatroniClient : IDisposable
{
    private static readonly TimeSpan DefaultAskLimit = TimeSpan.FromSeconds(1);
    // Patroni answers when the switchover is over, or gives up by itself after some rounds of its loop.
    private static readonly TimeSpan SwitchoverLimit = TimeSpan.FromSeconds(40);

    private readonly HttpClient _client;
    private readonly TimeSpan _askLimit;

    /// <summary>Creates the client.</summary>
    /// <param name="dial">Opens connections to a node's address; null for plain sockets.</param>
    /// <param name="askLimit">How long a node may take to say how it is; null for a second.</param>
    public PatroniClient(Func<IPEndPoint, CancellationToken, ValueTask<Stream>>? dial = null, TimeSpan? askLimit = null)
    {
        _askLimit = askLimit ?? DefaultAskLimit;
        // A connection for each question: one that was kept may lead to a Patroni that has been killed.
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero, UseProxy = false };
        if (dial is not null)
        {
            handler.ConnectCallback = (context, cancellationToken) =>
                dial(new IPEndPoint(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port), cancellationToken);
        }

        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Asks a node's Patroni how the node is.</summary>
    /// <param name="node">The node's address.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>Its report, or <see cref="PatroniReport.Unreachable"/> when it does not answer in time.</returns>
    public async Task<PatroniReport> AskAsync(IPAddress node, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_askLimit);
        try
        {
            // The status code says whether the node is healthy; the body says how it is in any case.
            using var response = await _client.GetAsync(Uri(node, "/patroni"), limit.Token);
            return PatroniReport.Parse(await response.Content.ReadAsStringAsync(limit.Token));
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or IOException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return PatroniReport.Unreachable;
        }
    }

    /// <summary>Lets a node's Patroni do the next round of its loop at once. Nothing is said when it does not: it would have done it anyway.</summary>
    /// <param name="node">The node's address.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <remarks>Patroni wakes its loop for every word about its configuration, also for one that changes nothing (api.py, do_PATCH_config).</remarks>
    public async Task WakeAsync(IPAddress node, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_askLimit);
        try
        {
            using var nothingNew = new StringContent(JsonSerializer.Serialize(new { loop_wait = PostgresNode.LoopWaitSeconds }));
            using var response = await _client.PatchAsync(Uri(node, "/config"), nothingNew, limit.Token);
        }
        catch (Exception error) when (error is HttpRequestException or IOException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // It goes on by itself.
        }
    }

    /// <summary>Asks the primary's Patroni to hand the role over.</summary>
    /// <param name="primary">The primary.</param>
    /// <param name="from">The primary's name.</param>
    /// <param name="to">The name of the replica that takes over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">Patroni refused, or did not answer.</exception>
    public async Task SwitchoverAsync(IPAddress primary, string from, string to, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SwitchoverLimit);
        try
        {
            // With a content of known length: Patroni's server does not take chunks.
            using var order = new StringContent(JsonSerializer.Serialize(new { leader = from, candidate = to }));
            using var response = await _client.PostAsync(Uri(primary, "/switchover"), order, limit.Token);
            if (!response.IsSuccessStatusCode)
            {
                var answer = (await response.Content.ReadAsStringAsync(limit.Token)).Trim();
                throw new HarnessException(
                    ExitCode.EnvironmentFailed,
                    $"Patroni on {from} refused the switchover to {to}: {(int)response.StatusCode} {answer}");
            }
        }
        catch (HttpRequestException error)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"Patroni on {from} could not be asked for a switchover: {error.Message}", innerException: error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"Patroni on {from} did not finish the switchover to {to} within {Duration.Format(SwitchoverLimit)}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static Uri Uri(IPAddress node, string path) => new($"http://{node}:{Ports.Patroni}{path}");
}
