using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Validation.Environments.Local.Nodes;

/// <summary>
/// Calls <c>GetBundle</c> (<c>spire.api.server.bundle.v1</c>) on a server's private socket: one unary gRPC call with an
/// empty request, of whose answer only the certificates are read.
/// </summary>
internal sealed class SocketBundleSource : IBundleSource
{
    private const int FrameHeaderLength = 5;
    // Field 2 of Bundle (x509_authorities) and field 1 of X509Certificate (asn1), both length-delimited.
    private const uint AuthoritiesTag = (2 << 3) | 2;
    private const uint CertificateTag = (1 << 3) | 2;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly Uri Method = new("http://server/spire.api.server.bundle.v1.Bundle/GetBundle");

    /// <inheritdoc/>
    public async Task<IReadOnlyList<byte[]>> ReadAuthoritiesAsync(string adminSocket, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, token) => await ConnectAsync(adminSocket, token),
                UseProxy = false,
            });
            using var request = MakeRequest();
            using var response = await client.SendAsync(request, limit.Token);
            var body = await response.Content.ReadAsByteArrayAsync(limit.Token);
            var status = StatusOf(response);
            return status == "0" && body.Length >= FrameHeaderLength
                ? Parse(Message(body))
                : throw Failed(adminSocket, $"status {status}");
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or IOException)
        {
            throw Failed(adminSocket, error.Message, error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(adminSocket, $"no answer within {Duration.Format(Limit)}");
        }
    }

    /// <summary>Reads the certificates out of a serialized <c>spire.api.types.Bundle</c>.</summary>
    /// <param name="bundle">The message.</param>
    internal static IReadOnlyList<byte[]> Parse(ReadOnlySpan<byte> bundle)
    {
        var certificates = new List<byte[]>();
        while (TryReadField(ref bundle, out var tag, out var value))
        {
            if (tag != AuthoritiesTag)
            {
                continue;
            }

            while (TryReadField(ref value, out var inner, out var content))
            {
                if (inner == CertificateTag)
                {
                    certificates.Add(content.ToArray());
                }
            }
        }

        return certificates;
    }

    private static HttpRequestMessage MakeRequest()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[FrameHeaderLength]),
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return request;
    }

    private static async Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string StatusOf(HttpResponseMessage response) =>
        response.TrailingHeaders.TryGetValues("grpc-status", out var trailing) ? string.Concat(trailing)
        : response.Headers.TryGetValues("grpc-status", out var leading) ? string.Concat(leading)
        : $"HTTP {(int)response.StatusCode}";

    private static ReadOnlySpan<byte> Message(byte[] body) =>
        body.AsSpan(FrameHeaderLength, BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)));

    // Reads the next field. The content of fields that are not length-delimited is of no interest here.
    private static bool TryReadField(ref ReadOnlySpan<byte> message, out uint tag, out ReadOnlySpan<byte> content)
    {
        tag = 0;
        content = default;
        if (message.IsEmpty)
        {
            return false;
        }

        tag = (uint)ReadVarint(ref message);
        switch (tag & 7)
        {
            case 0:
                ReadVarint(ref message);
                break;
            case 1:
                message = message[8..];
                break;
            case 2:
                var length = (int)ReadVarint(ref message);
                content = message[..length];
                message = message[length..];
                break;
            case 5:
                message = message[4..];
                break;
            default:
                throw new InvalidDataException($"A field of wire type {tag & 7}.");
        }

        return true;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> message)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[0];
            message = message[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    private static HarnessException Failed(string socket, string why, Exception? error = null) => new(
        ExitCode.EnvironmentFailed, $"{socket}: GetBundle failed: {why}.", innerException: error);
}
