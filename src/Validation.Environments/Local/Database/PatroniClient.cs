using System.Net;
using System.Text.Json;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Local.Database;

/// <summary>Talks to Patroni's REST API from the router, past every cut link.</summary>
internal sealed class PatroniClient : IDisposable
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(1);
    // Patroni answers when the switchover is over, or gives up by itself after some rounds of its loop.
    private static readonly TimeSpan SwitchoverLimit = TimeSpan.FromSeconds(40);

    // A connection for each question: one that was kept may lead to a Patroni that has been killed.
    private readonly HttpClient _client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero, UseProxy = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Asks a node's Patroni how the node is.</summary>
    /// <param name="node">The node's address.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>Its report, or <see cref="PatroniReport.Unreachable"/> when it does not answer within a second.</returns>
    public async Task<PatroniReport> AskAsync(IPAddress node, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AskLimit);
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
