using Validation.Statistics;

namespace Validation.Spire.Benching;

/// <summary>What calls cost their client.</summary>
/// <param name="Secure">Whether the connection had TLS.</param>
/// <param name="InFlight">How many calls were made at the same time.</param>
/// <param name="Calls">How many calls each client made in a round.</param>
/// <param name="Rounds">The rounds, in which the clients took turns.</param>
public sealed record ClientResult(bool Secure, int InFlight, int Calls, IReadOnlyList<ClientRound> Rounds)
{
    /// <summary>Gets how many times more processor time than h2load's the drivers' client takes; the median of the rounds.</summary>
    public double ChannelRatio => MedianOf(round => round.Channel.Microseconds / round.H2LoadMicroseconds);

    /// <summary>Gets the same of the virtual agents' client.</summary>
    public double ConnectionRatio => MedianOf(round => round.Connection.Microseconds / round.H2LoadMicroseconds);

    /// <summary>Gets the median processor time of one call of h2load, in microseconds.</summary>
    public double H2LoadMicroseconds => MedianOf(round => round.H2LoadMicroseconds);

    /// <summary>Gets the median cost of one call of the drivers' client.</summary>
    public CallCost Channel => new(MedianOf(round => round.Channel.Microseconds), MedianOf(round => round.Channel.AllocatedBytes));

    /// <summary>Gets the median cost of one call of the virtual agents' client.</summary>
    public CallCost Connection => new(MedianOf(round => round.Connection.Microseconds), MedianOf(round => round.Connection.AllocatedBytes));

    private double MedianOf(Func<ClientRound, double> figure) => Shift.Middle([.. Rounds.Select(figure).Order()]);
}

/// <summary>One round.</summary>
/// <param name="H2LoadMicroseconds">The processor time of one call of h2load.</param>
/// <param name="Channel">The client of the drivers.</param>
/// <param name="Connection">The client of the virtual agents.</param>
public sealed record ClientRound(double H2LoadMicroseconds, CallCost Channel, CallCost Connection);

/// <summary>What one call costs in this process.</summary>
/// <param name="Microseconds">Processor time.</param>
/// <param name="AllocatedBytes">What is allocated.</param>
public sealed record CallCost(double Microseconds, double AllocatedBytes);
