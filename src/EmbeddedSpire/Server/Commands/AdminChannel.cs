using EmbeddedSpire.Configuration;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Server.Commands;

/// <summary>Reaches a running server through its Unix socket.</summary>
internal static class AdminChannel
{
    /// <summary>How long a command waits for an answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const string DefaultSocketPath = "/tmp/spire-server/private/api.sock";

    /// <summary>Adds the flag that names the socket.</summary>
    public static FlagSet WithSocket(this FlagSet flags) => flags.Value("socketPath", $"Path to the SPIRE Server API socket (default {DefaultSocketPath})");

    /// <summary>Opens a channel to the server.</summary>
    public static GrpcChannel Open(FlagSet flags) => new(new GrpcChannelOptions { Dial = Dialer.Unix(flags.Get("socketPath") ?? DefaultSocketPath) });
}
