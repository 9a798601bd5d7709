using System.Net.Sockets;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Workload;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>A caller of a Workload API: the agent itself, which finds out in this way how it is, or one of its commands.</summary>
internal sealed class OwnSocket : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly TimeSpan _limit;

    /// <summary>Creates the caller.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="limit">The time that an answer may take.</param>
    /// <param name="time">The clock.</param>
    public OwnSocket(string path, TimeSpan limit, TimeProvider time)
    {
        _limit = limit;
        _channel = new GrpcChannel(new GrpcChannelOptions { Dial = Dialer.Unix(path), Time = time });
    }

    /// <summary>Gets the metadata that every call carries.</summary>
    public static Metadata Header { get; } = new() { { WorkloadMethods.SecurityHeader, "true" } };

    /// <summary>Fetches X509-SVIDs once.</summary>
    /// <exception cref="GrpcException">There are none, or the agent does not answer.</exception>
    public Task<X509SVIDResponse> FetchSvidsAsync(CancellationToken cancellationToken) =>
        FirstAsync(WorkloadMethods.FetchX509SVID, new X509SVIDRequest(), cancellationToken);

    /// <summary>Fetches bundles once.</summary>
    /// <exception cref="GrpcException">There are none, or the agent does not answer.</exception>
    public Task<X509BundlesResponse> FetchBundlesAsync(CancellationToken cancellationToken) =>
        FirstAsync(WorkloadMethods.FetchX509Bundles, new X509BundlesRequest(), cancellationToken);

    /// <summary>Asks the agent how it is.</summary>
    /// <exception cref="GrpcException">It does not answer.</exception>
    public Task<Spire.Wire.Contracts.Health.HealthCheckResponse> CheckAsync(CancellationToken cancellationToken) =>
        _channel.CallAsync(HealthMethods.Check, new Spire.Wire.Contracts.Health.HealthCheckRequest(), CallOptions.Within(_limit), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private async Task<TResponse> FirstAsync<TRequest, TResponse>(
        ServerStreamMethod<TRequest, TResponse> method, TRequest request, CancellationToken cancellationToken)
        where TRequest : class, Google.Protobuf.IMessage<TRequest>, new()
        where TResponse : class, Google.Protobuf.IMessage<TResponse>, new()
    {
        try
        {
            await using var call = _channel.Open(method, request, new CallOptions(_limit, Header), cancellationToken);
            return await call.ReadAsync(cancellationToken) ?? throw new GrpcException(StatusCode.Unavailable, "the agent ended the stream");
        }
        catch (SocketException error)
        {
            throw new GrpcException(StatusCode.Unavailable, error.Message, error);
        }
    }
}
