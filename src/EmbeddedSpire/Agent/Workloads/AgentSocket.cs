using System.Net.Sockets;
using EmbeddedSpire.Logging;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>Opens the agent's Unix sockets.</summary>
internal static class AgentSocket
{
    private const UnixFileMode Everyone =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Opens the socket of the Workload API: who connects is attested, so anyone may.</summary>
    public static Task<GrpcServer> OpenForWorkloadsAsync(
        string path, GrpcHandlers handlers, SocketInterceptors interceptors, TimeProvider time, Logger log, CancellationToken cancellationToken) =>
        OpenAsync(path, Everyone, handlers, interceptors, time, log, cancellationToken);

    /// <summary>Opens the socket of the administrative APIs: only the owner may connect.</summary>
    public static Task<GrpcServer> OpenForAdministratorsAsync(
        string path, GrpcHandlers handlers, SocketInterceptors interceptors, TimeProvider time, Logger log, CancellationToken cancellationToken) =>
        OpenAsync(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, handlers, interceptors, time, log, cancellationToken);

    private static async Task<GrpcServer> OpenAsync(
        string path,
        UnixFileMode mode,
        GrpcHandlers handlers,
        SocketInterceptors interceptors,
        TimeProvider time,
        Logger log,
        CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var server = await GrpcServer.StartAsync(
                new GrpcServerOptions
                {
                    Listen = new UnixDomainSocketEndPoint(path),
                    Handlers = handlers,
                    Interceptors = interceptors.All,
                    Unexpected = (call, failure) => log.Error("Call failed unexpectedly", ("method", call.Method.Name), ("error", failure.ToString())),
                    Time = time,
                },
                cancellationToken);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, mode);
            }

            return server;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or SocketException or ArgumentException)
        {
            throw new AgentException($"create UDS listener: {path}: {error.Message}", error);
        }
    }
}
