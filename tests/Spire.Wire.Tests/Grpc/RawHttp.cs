using System.Net;
using Spire.Wire.Grpc.Client;

namespace Spire.Wire.Tests.Grpc;

/// <summary>An HTTP/2 client that knows nothing of gRPC, to say what our own client never would.</summary>
internal sealed class RawHttp : IDisposable
{
    private readonly HttpMessageInvoker _http;

    public RawHttp(GrpcChannelOptions options) => _http = new HttpMessageInvoker(new SocketsHttpHandler
    {
        ConnectCallback = (_, cancellationToken) => options.Dial(cancellationToken),
    });

    public Task<RawAnswer> PostAsync(string path, byte[] body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, "application/grpc", body, headers);

    public async Task<RawAnswer> SendAsync(HttpMethod method, string path, string contentType, byte[] body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri("http://localhost" + path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var response = await _http.SendAsync(request, patience.Token);
        var content = await response.Content.ReadAsByteArrayAsync(patience.Token);
        return new RawAnswer(response, content);
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>What came back.</summary>
internal sealed record RawAnswer(HttpResponseMessage Response, byte[] Content)
{
    /// <summary>Gets whether the status came with the headers.</summary>
    public bool IsTrailersOnly => Response.Headers.Contains("grpc-status");

    /// <summary>Gets the status, wherever it is, as <see cref="Wire.Grpc.GrpcStatus.ToString"/> writes it; null when there is none.</summary>
    public string? Status
    {
        get
        {
            var headers = IsTrailersOnly ? Response.Headers : Response.TrailingHeaders;
            return headers.TryGetValues("grpc-status", out var codes)
                ? Wire.Grpc.StatusHeaders.Parse(codes.Single(), headers.TryGetValues("grpc-message", out var texts) ? texts.Single() : null, null).ToString()
                : null;
        }
    }
}
