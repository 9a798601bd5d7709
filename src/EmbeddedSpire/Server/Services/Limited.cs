using EmbeddedSpire.Logging;
using EmbeddedSpire.Server.Calls;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Server.Services;

/// <summary>Waits at a limiter on behalf of a method.</summary>
internal static class Limited
{
    /// <param name="limiter">The limiter.</param>
    /// <param name="call">The call.</param>
    /// <param name="count">How much of the limit it uses up.</param>
    /// <param name="limit">What SPIRE calls the limit in refusals.</param>
    /// <param name="log">The logger of the call.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="GrpcException">The call would not come to its turn in time.</exception>
    public static async ValueTask WaitAsync(AddressLimiter limiter, ServerCall call, int count, string limit, Logger log, CancellationToken cancellationToken)
    {
        try
        {
            await limiter.WaitAsync(call, count, cancellationToken);
        }
        catch (GrpcException refusal)
        {
            throw Refusal.Call(log, refusal.Code, $"rejecting request due to {limit}", refusal.Status.Message);
        }
    }
}
