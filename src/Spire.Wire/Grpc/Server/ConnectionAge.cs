using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Spire.Wire.Grpc.Server;

/// <summary>Asks clients to connect anew when their connection has an age, so that they spread over the servers there are.</summary>
/// <remarks>The client gets GOAWAY; calls that run finish, however long that takes. SPIRE's servers do so after 3 min ± 10 %.</remarks>
public sealed class ConnectionAge
{
    private readonly TimeSpan _age;
    private readonly double _jitter;
    private readonly Random _random;
    private readonly Lock _gate = new();

    /// <summary>Creates the rule.</summary>
    /// <param name="age">More than zero.</param>
    /// <param name="jitter">The part of the age by which it varies either way, between 0 and 1.</param>
    /// <param name="random">Draws the age of each connection.</param>
    public ConnectionAge(TimeSpan age, double jitter, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(age, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(jitter, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(jitter, 1);
        (_age, _jitter, _random) = (age, jitter, random);
    }

    /// <summary>Draws the age of one connection.</summary>
    public TimeSpan Draw()
    {
        lock (_gate)
        {
            return _age * (1 + (_jitter * ((2 * _random.NextDouble()) - 1)));
        }
    }

    /// <summary>Starts to watch a connection; disposing of the result ends that.</summary>
    internal IDisposable Watch(ConnectionContext connection, TimeProvider time) => time.CreateTimer(
        static connection => ((ConnectionContext)connection!).Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose(),
        connection,
        Draw(),
        Timeout.InfiniteTimeSpan);
}
