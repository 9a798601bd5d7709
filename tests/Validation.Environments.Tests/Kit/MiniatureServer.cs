using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Validation.Environments.Tests.Kit;

/// <summary>Answers <c>GetBundle</c> on a Unix socket as a SPIRE server does.</summary>
internal static class MiniatureServer
{
    /// <summary>Starts it.</summary>
    /// <param name="socket">The path of the socket.</param>
    /// <param name="answer">The bundle, as a serialized message; null for an error.</param>
    public static async Task<WebApplication> StartAsync(string socket, Func<byte[]?> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http2));
        var server = builder.Build();
        server.MapPost("/spire.api.server.bundle.v1.Bundle/GetBundle", context => AnswerAsync(context, answer()));
        await server.StartAsync();
        return server;
    }

    private static async Task AnswerAsync(HttpContext context, byte[]? bundle)
    {
        context.Response.ContentType = "application/grpc";
        if (bundle is not null)
        {
            await context.Response.Body.WriteAsync(MiniatureBundle.Frame(bundle));
        }

        context.Response.AppendTrailer("grpc-status", bundle is null ? "13" : "0");
    }
}
