namespace Spire.Wire.Grpc.Server;

/// <summary>Handles a call to its end.</summary>
/// <param name="call">The call.</param>
/// <param name="cancellationToken">Cancelled when the client gives up, its deadline passes or the connection is lost.</param>
/// <returns>How it ended. Exceptions of the handler have become a status.</returns>
public delegate Task<GrpcStatus> GrpcCallHandler(ServerCall call, CancellationToken cancellationToken);

/// <summary>Stands around the handling of every call of a known method: authorization, limits, metrics.</summary>
/// <param name="call">The call.</param>
/// <param name="next">The rest of the handling. An interceptor that refuses does not call it.</param>
/// <param name="cancellationToken">As for <paramref name="next"/>.</param>
/// <returns>How the call ends: mostly what <paramref name="next"/> returned. A thrown <see cref="GrpcException"/> has the same effect.</returns>
public delegate Task<GrpcStatus> GrpcInterceptor(ServerCall call, GrpcCallHandler next, CancellationToken cancellationToken);
