using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Spire.Wire.Contracts;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace Spire.Wire.Tests.Grpc;

/// <summary>What goes over the wire when one side is not ours.</summary>
public sealed class ProtocolTests
{
    private static readonly byte[] EmptyMessage = [0, 0, 0, 0, 0];

    [Fact]
    public async Task Server_AnswersFailuresWithTrailersOnly_AndSuccessWithTrailers()
    {
        await using var wired = await Wired.StartAsync();
        using var http = new RawHttp(wired.Options);

        var success = await http.PostAsync(EntryMethods.GetEntry.Path, EmptyMessage);
        var failure = await http.PostAsync("/no.such.Service/Nope", EmptyMessage);

        success.IsTrailersOnly.Should().BeFalse();
        success.Status.Should().Be("OK");
        success.Content.Should().Equal(EmptyMessage);
        failure.IsTrailersOnly.Should().BeTrue();
        failure.Status.Should().Be("Unimplemented: unknown service no.such.Service");
        failure.Response.Content.Headers.ContentType!.ToString().Should().Be("application/grpc");
    }

    [Theory]
    [InlineData("/short", "Unimplemented: malformed method name: \"/short\"")]
    [InlineData("/spire.api.server.entry.v1.Entry/Nope", "Unimplemented: unknown method Nope for service spire.api.server.entry.v1.Entry")]
    public async Task Server_ForAPathWithoutAMethod_SaysWhatGoSays(string path, string status)
    {
        await using var wired = await Wired.StartAsync();
        using var http = new RawHttp(wired.Options);

        (await http.PostAsync(path, EmptyMessage)).Status.Should().Be(status);
    }

    [Theory]
    [InlineData("application/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpcweb", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc+proto", HttpStatusCode.OK)]
    [InlineData("application/grpc;charset=utf-8", HttpStatusCode.OK)]
    public async Task Server_TakesContentTypesOfGrpcOnly(string contentType, HttpStatusCode expected)
    {
        await using var wired = await Wired.StartAsync();
        using var http = new RawHttp(wired.Options);

        var answer = await http.SendAsync(HttpMethod.Post, EntryMethods.GetEntry.Path, contentType, EmptyMessage);

        answer.Response.StatusCode.Should().Be(expected);
    }

    [Fact]
    public async Task Server_TakesPostOnly()
    {
        await using var wired = await Wired.StartAsync();
        using var http = new RawHttp(wired.Options);

        var answer = await http.SendAsync(HttpMethod.Put, EntryMethods.GetEntry.Path, "application/grpc", EmptyMessage);

        answer.Response.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 }, "Internal: grpc: compressed flag set with identity or empty encoding")]
    [InlineData(new byte[] { 9, 0, 0, 0, 0 }, "Internal: grpc: received unexpected payload format 9")]
    [InlineData(new byte[] { 0, 255, 255, 255, 255 }, "ResourceExhausted: grpc: received message larger than max (4294967295 vs. 4194304)")]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1 }, "Internal: unexpected EOF")]
    [InlineData(new byte[] { 0, 0 }, "Internal: unexpected EOF")]
    [InlineData(new byte[] { }, "Internal: cardinality violation: received no request message")]
    public async Task Server_RefusesBrokenMessages(byte[] body, string status)
    {
        await using var wired = await Wired.StartAsync();
        using var http = new RawHttp(wired.Options);

        (await http.PostAsync(EntryMethods.GetEntry.Path, body)).Status.Should().Be(status);
    }

    [Fact]
    public async Task Server_RefusesMessagesOfAnotherType()
    {
        await using var wired = await Wired.StartAsync();
        using var http = new RawHttp(wired.Options);

        (await http.PostAsync(EntryMethods.GetEntry.Path, [0, 0, 0, 0, 2, 0xff, 0xff])).Status.Should().StartWith("Internal: grpc: error unmarshalling request");
    }

    [Theory]
    [InlineData("grpc-encoding", "gzip", "Unimplemented: grpc: Decompressor is not installed for grpc-encoding \"gzip\"")]
    [InlineData("grpc-encoding", "identity", "OK")]
    [InlineData("grpc-timeout", "5 s", "Internal: malformed grpc-timeout: \"5 s\"")]
    [InlineData("grpc-timeout", "4997087u", "OK")]
    [InlineData("te", "trailers", "OK")]
    [InlineData("user-agent", "grpc-go/1.83.0", "OK")]
    public async Task Server_ReadsTheHeadersOfGrpc(string name, string value, string status)
    {
        await using var wired = await Wired.StartAsync();
        using var http = new RawHttp(wired.Options);

        (await http.PostAsync(EntryMethods.GetEntry.Path, EmptyMessage, (name, value))).Status.Should().Be(status);
    }

    [Fact]
    public async Task Client_SendsTheHeadersThatGoSends()
    {
        var seen = new List<string>();
        await using var server = await ForeignServer.StartAsync(http =>
        {
            seen.Add($"{http.Request.Method} {http.Request.Scheme} {http.Request.Path}");
            seen.AddRange(http.Request.Headers.Select(header => $"{header.Key.ToLowerInvariant()}: {header.Value}"));
            return Task.CompletedTask;
        });

        await server.CallAsync();

        seen.Should().BeEquivalentTo(
            "POST http /spire.api.server.entry.v1.Entry/GetEntry", "host: localhost", "content-type: application/grpc", "te: trailers", "user-agent: spire-wire", "grpc-timeout: 10000000u");
    }

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.Unavailable)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(200, StatusCode.Unknown)]
    public async Task Client_MakesAStatusOfAnswersThatAreNotGrpc(int httpStatus, StatusCode expected)
    {
        await using var server = await ForeignServer.StartAsync(http =>
        {
            http.Response.StatusCode = httpStatus;
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync("<p>proxy</p>");
        });

        (await server.FailureAsync()).Code.Should().Be(expected);
    }

    [Fact]
    public async Task Client_WithoutAStatusFromTheServer_SaysSo()
    {
        await using var server = await ForeignServer.StartAsync(http =>
        {
            http.Response.ContentType = "application/grpc";
            return http.Response.Body.WriteAsync(EmptyMessage).AsTask();
        });

        (await server.FailureAsync()).Status.Should().BeEquivalentTo(new GrpcStatus(StatusCode.Internal, "server closed the stream without sending trailers"));
    }

    [Theory]
    [InlineData(0, "cardinality violation: received no response message")]
    [InlineData(2, "cardinality violation: received more than one response message")]
    public async Task Client_OfAUnaryCall_WantsExactlyOneMessage(int messages, string text)
    {
        await using var server = await ForeignServer.StartAsync(async http =>
        {
            http.Response.ContentType = "application/grpc";
            http.Response.AppendTrailer("grpc-status", "0");
            for (var i = 0; i < messages; i++)
            {
                await http.Response.Body.WriteAsync(EmptyMessage);
            }
        });

        (await server.FailureAsync()).Status.Should().BeEquivalentTo(new GrpcStatus(StatusCode.Internal, text));
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 }, "grpc: compressed flag set with identity or empty encoding")]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1 }, "The response ended in the middle of a message.")]
    public async Task Client_RefusesBrokenMessages(byte[] body, string text)
    {
        await using var server = await ForeignServer.StartAsync(http =>
        {
            http.Response.ContentType = "application/grpc";
            http.Response.AppendTrailer("grpc-status", "0");
            return http.Response.Body.WriteAsync(body).AsTask();
        });

        (await server.FailureAsync()).Status.Should().BeEquivalentTo(new GrpcStatus(StatusCode.Internal, text));
    }

    [Fact]
    public async Task Client_OfAServerThatResetsTheStream_DoesNotCallItUnavailable()
    {
        await using var server = await ForeignServer.StartAsync(http =>
        {
            http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResetFeature>()!.Reset(0x8);
            return Task.CompletedTask;
        });

        (await server.FailureAsync()).Code.Should().Be(StatusCode.Canceled);
    }

    /// <summary>A server that answers what it is told.</summary>
    private sealed class ForeignServer : IAsyncDisposable
    {
        private readonly WebApplication _application;
        private readonly GrpcChannel _channel;

        private ForeignServer(WebApplication application)
        {
            _application = application;
            _channel = new GrpcChannel(new GrpcChannelOptions { Dial = Dialer.Tcp(new IPEndPoint(IPAddress.Loopback, new Uri(application.Urls.Single()).Port)) });
        }

        public static async Task<ForeignServer> StartAsync(Func<HttpContext, Task> answer)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
                kestrel.Listen(IPAddress.Loopback, 0, endPoint => endPoint.Protocols = HttpProtocols.Http2));
            var application = builder.Build();
            application.Run(http => answer(http));
            await application.StartAsync();
            return new ForeignServer(application);
        }

        public async Task CallAsync()
        {
            try
            {
                await _channel.CallAsync(EntryMethods.GetEntry, new(), Wired.Soon, CancellationToken.None);
            }
            catch (GrpcException)
            {
                // Only what arrives matters here.
            }
        }

        public async Task<GrpcException> FailureAsync()
        {
            var call = () => _channel.CallAsync(EntryMethods.GetEntry, new(), Wired.Soon, CancellationToken.None);
            return (await call.Should().ThrowAsync<GrpcException>()).Which;
        }

        public async ValueTask DisposeAsync()
        {
            _channel.Dispose();
            await _application.DisposeAsync();
        }
    }
}
