using System.Net;
using System.Net.Http.Headers;

namespace Validation.Environments.Local.Supervisor;

/// <summary>Succeeds when a GET is answered in time with a status from 200 to 399, as Kubernetes' does.</summary>
internal sealed class HttpProbe : IProbe
{
    private const int LongestAnswer = 200;

    // No pooling: a kept connection would tell how an old connection is, not whether the node takes new ones.
    private static readonly HttpClient Client = new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.Zero,
        UseProxy = false,
        AllowAutoRedirect = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { ConnectionClose = true, UserAgent = { new ProductInfoHeaderValue("validation", null) } },
    };

    private readonly Uri _uri;
    private readonly TimeSpan _limit;

    /// <summary>Creates the probe.</summary>
    /// <param name="address">The node's address.</param>
    /// <param name="port">The port.</param>
    /// <param name="path">The path, with its leading slash.</param>
    /// <param name="limit">How long the answer may take; 1 s, as Kubernetes has it, when null.</param>
    public HttpProbe(IPAddress address, int port, string path, TimeSpan? limit = null)
    {
        _uri = new Uri($"http://{address}:{port}{path}");
        _limit = limit ?? TimeSpan.FromSeconds(1);
    }

    /// <summary>Asks for the time at which the answer was made, by the clock of whoever answers.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>Null when there is no answer, or no time in it.</returns>
    public Task<DateTimeOffset?> ReadDateAsync(CancellationToken cancellationToken) =>
        ReadAsync(response => Task.FromResult(response.Headers.Date), cancellationToken);

    /// <summary>Asks for what stands in the answer.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>Null when there is no answer.</returns>
    public Task<string?> ReadTextAsync(CancellationToken cancellationToken) =>
        ReadAsync<string?>(async response => await response.Content.ReadAsStringAsync(cancellationToken), cancellationToken);

    private async Task<T?> ReadAsync<T>(Func<HttpResponseMessage, Task<T>> read, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_limit);
        try
        {
            using var response = await Client.GetAsync(_uri, deadline.Token);
            return await read(response);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return default;
        }
    }

    /// <inheritdoc/>
    public async Task<string?> TryAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_limit);
        try
        {
            using var response = await Client.GetAsync(_uri, deadline.Token);
            if ((int)response.StatusCode is >= 200 and < 400)
            {
                return null;
            }

            var body = (await response.Content.ReadAsStringAsync(deadline.Token)).ReplaceLineEndings(" ").Trim();
            return $"{_uri.AbsolutePath} answers {(int)response.StatusCode} {body[..Math.Min(body.Length, LongestAnswer)]}".TrimEnd();
        }
        catch (HttpRequestException error)
        {
            return $"{_uri.AbsolutePath} on port {_uri.Port}: {(error.InnerException ?? error).Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{_uri.AbsolutePath} on port {_uri.Port} does not answer within {Duration.Format(_limit)}";
        }
    }
}
