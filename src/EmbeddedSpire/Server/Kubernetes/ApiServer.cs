using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;

namespace EmbeddedSpire.Server.Kubernetes;

/// <summary>A cluster's API server, for one attestation. Each request waits as long as SPIRE's client would.</summary>
internal sealed class ApiServer : IDisposable
{
    // Go's client gives up dialing after the first; of a connection that is silent it asks for a sign of life, and waits for that.
    private static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(15);

    private static readonly JsonSerializerOptions Json = JsonSerializerOptions.Web;

    private readonly HttpClient _http;

    private ApiServer(HttpClient http) => _http = http;

    /// <summary>Prepares to ask.</summary>
    /// <param name="kubeConfigFile">The file that says how; null means as every pod of the cluster may.</param>
    /// <exception cref="ApiException">It is not said, or cannot be read.</exception>
    public static ApiServer Open(string? kubeConfigFile)
    {
        try
        {
            var access = kubeConfigFile is null ? ApiAccess.InCluster() : KubeConfig.Read(kubeConfigFile);
            var http = new HttpClient(new SocketsHttpHandler
            {
                SslOptions = access.Tls(),
                ConnectTimeout = DialLimit,
                KeepAlivePingDelay = SilenceLimit,
                KeepAlivePingTimeout = PingLimit,
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
                UseProxy = false,
            })
            {
                BaseAddress = access.Server,
                DefaultRequestVersion = HttpVersion.Version20,
                Timeout = Timeout.InfiniteTimeSpan,
            };
            http.DefaultRequestHeaders.Authorization = access.Token is { } token ? new AuthenticationHeaderValue("Bearer", token.Trim()) : null;
            return new ApiServer(http);
        }
        catch (Exception error) when (error is ApiException or IOException or UnauthorizedAccessException or FormatException or CryptographicException)
        {
            throw new ApiException($"unable to get clientset: unable to create client config: {error.Message}", error);
        }
    }

    /// <summary>Asks whose a token is.</summary>
    /// <param name="token">The token.</param>
    /// <param name="audiences">For whom it may be meant; none means for the API server itself.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="ApiException">There is no answer that can be trusted.</exception>
    public async Task<TokenReviewStatus> ReviewAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken)
    {
        var review = new { apiVersion = "authentication.k8s.io/v1", kind = "TokenReview", spec = new { token, audiences } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/apis/authentication.k8s.io/v1/tokenreviews") { Content = JsonContent.Create(review) };
        var status = (await AskAsync<ReviewedToken>("token review", request, cancellationToken)).Status;
        if (!string.IsNullOrEmpty(status.Error))
        {
            throw new ApiException($"token review API response contains an error: {status.Error}");
        }

        // An API server that does not know audiences would otherwise let in a token that is meant for somebody else.
        return !status.Authenticated || audiences.Count == 0 || audiences.Intersect(status.Audiences).Any()
            ? status
            : throw new ApiException($"token review API did not validate audience: wanted one of {Quoted(audiences)} but got {Quoted(status.Audiences)}");
    }

    /// <summary>Reads a pod.</summary>
    /// <exception cref="ApiException">There is none, or no answer.</exception>
    public async Task<ApiObject> GetPodAsync(string @namespace, string name, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/namespaces/{Uri.EscapeDataString(@namespace)}/pods/{Uri.EscapeDataString(name)}");
        return await AskAsync<ApiObject>("pods", request, cancellationToken);
    }

    /// <summary>Reads a Kubernetes node.</summary>
    /// <exception cref="ApiException">There is none, or no answer.</exception>
    public async Task<ApiObject> GetNodeAsync(string name, CancellationToken cancellationToken)
    {
        if (name.Length == 0)
        {
            throw new ApiException("empty node name");
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/nodes/{Uri.EscapeDataString(name)}");
        return await AskAsync<ApiObject>("nodes", request, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> AskAsync<T>(string api, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode
                ? await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken) ?? throw new JsonException("the answer is null")
                : throw new HttpRequestException(Refusal(await response.Content.ReadAsStringAsync(cancellationToken)));
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException)
        {
            throw new ApiException($"unable to query {api} API: {error.GetBaseException().Message}", error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ApiException($"unable to query {api} API: {request.RequestUri}: dial tcp: i/o timeout", error);
        }
    }

    /// <summary>Returns why a request was refused: API servers say it in an object <c>Status</c>, proxies before them in other forms.</summary>
    private static string Refusal(string body)
    {
        try
        {
            if (JsonSerializer.Deserialize<StatusAnswer>(body, Json)?.Message is { Length: > 0 } message)
            {
                return message;
            }
        }
        catch (JsonException)
        {
            // Not an API server's own words.
        }

        return $"an error on the server (\"{body}\") has prevented the request from succeeding";
    }

    private static string Quoted(IEnumerable<string> words) => $"[{string.Join(' ', words.Select(word => $"\"{word}\""))}]";

    private sealed record ReviewedToken
    {
        public TokenReviewStatus Status { get; init; } = new();
    }

    private sealed record StatusAnswer(string? Message);
}
