namespace Validation.Spire.Agents;

/// <summary>The times of SPIRE's agent (1.15): how long it waits, and when half of a life is over.</summary>
internal static class AgentRhythm
{
    /// <summary>How often the agent looks whether its own SVID is due.</summary>
    public static readonly TimeSpan RotationCheck = TimeSpan.FromSeconds(5);

    /// <summary>How often the agent looks for entries that need an SVID.</summary>
    public static readonly TimeSpan SignCheck = TimeSpan.FromMilliseconds(500);

    /// <summary>The most SVIDs that are asked for in one call: what the server signs at once.</summary>
    public const int LargestBatch = 500;

    private const double Jitter = 0.1;

    // No check before this part of a life is over can find it due.
    private const double EarliestPart = 0.5 - (Jitter / 2);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(8);
    private const int MostIntervals = 48;
    private const int MostRotationChecks = 24;

    /// <summary>Returns the waits after failed syncs.</summary>
    /// <param name="interval">The time between syncs.</param>
    public static Backoff AfterSync(TimeSpan interval) => new(interval, Min(LongestWait, interval * MostIntervals));

    /// <summary>Returns the waits after failed attestations and renewals.</summary>
    public static Backoff AfterRotation() => new(RotationCheck, RotationCheck * MostRotationChecks);

    /// <summary>Returns the waits after failed signatures.</summary>
    public static Backoff AfterSign() => new(SignCheck, TimeSpan.FromMinutes(4));

    /// <summary>Returns a time that varies by a tenth either way.</summary>
    /// <param name="time">The time.</param>
    /// <param name="dice">Draws.</param>
    public static TimeSpan Around(TimeSpan time, ref Dice dice) => time * (1 + (Jitter * ((2 * dice.Next()) - 1)));

    /// <summary>Tells whether an SVID is due at a check: when what is left is at most half of its life, which varies anew with each check.</summary>
    /// <param name="life">Its life.</param>
    /// <param name="now">The time of the check.</param>
    /// <param name="dice">Draws.</param>
    public static bool IsDue(in Life life, DateTimeOffset now, ref Dice dice) => life.To - now <= Around((life.To - life.From) / 2, ref dice);

    /// <summary>Returns when to check an SVID for the first time at which it could be due.</summary>
    /// <param name="life">Its life.</param>
    /// <param name="now">The time now.</param>
    public static TimeSpan UntilFirstCheck(in Life life, DateTimeOffset now)
    {
        var checks = Math.Ceiling((life.From + ((life.To - life.From) * EarliestPart) - now) / RotationCheck);
        return RotationCheck * Math.Max(1, checks);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}

/// <summary>The life of an SVID.</summary>
/// <param name="From">Its start.</param>
/// <param name="To">Its end.</param>
internal readonly record struct Life(DateTimeOffset From, DateTimeOffset To);

/// <summary>Waits that grow by half with each failure, up to a limit.</summary>
internal struct Backoff
{
    private readonly TimeSpan _first;
    private readonly TimeSpan _longest;
    private TimeSpan _next;

    /// <summary>Creates the waits.</summary>
    /// <param name="first">The wait after the first failure.</param>
    /// <param name="longest">The limit.</param>
    public Backoff(TimeSpan first, TimeSpan longest) => (_first, _longest, _next) = (first, longest, first);

    /// <summary>Returns the wait after one more failure, give or take a tenth.</summary>
    /// <param name="dice">Draws.</param>
    public TimeSpan Next(ref Dice dice)
    {
        var wait = AgentRhythm.Around(_next, ref dice);
        _next = _next * 1.5 < _longest ? _next * 1.5 : _longest;
        return wait;
    }

    /// <summary>Begins again with the first wait.</summary>
    public void Reset() => _next = _first;
}
