using System.Text.Json.Serialization;

namespace Validation.Core.Loads;

/// <summary>When the operations of a load begin.</summary>
/// <remarks>In a plan every choice is made: the same arrivals give the same instants on every machine, for every share of them.</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "form")]
[JsonDerivedType(typeof(EvenArrivals), "even")]
[JsonDerivedType(typeof(RampArrivals), "ramp")]
[JsonDerivedType(typeof(StepArrivals), "steps")]
[JsonDerivedType(typeof(PoissonArrivals), "poisson")]
[JsonDerivedType(typeof(BurstArrivals), "burst")]
[JsonDerivedType(typeof(ClosedArrivals), "closed")]
public abstract record Arrivals
{
    /// <summary>Gets the mean number of operations per second; zero when only the stack decides it.</summary>
    [JsonIgnore]
    public abstract double PerSecond { get; }

    /// <summary>Returns how many operations a window can hold at most.</summary>
    /// <param name="length">The length of the window.</param>
    public virtual long MostIn(TimeSpan length) => (long)Math.Ceiling(Math.Round(PerSecond * length.TotalSeconds, 6));

    /// <summary>Makes every choice that is left.</summary>
    /// <param name="random">The random stream of this choice.</param>
    /// <param name="warmUp">How long the load fires before the first phase, with which ramps, steps and bursts begin.</param>
    public virtual Arrivals Settle(Random random, TimeSpan warmUp) => this;

    /// <summary>Returns evenly spaced arrivals.</summary>
    /// <param name="rate">How many.</param>
    public static implicit operator Arrivals(Rate rate) => FromRate(rate);

    /// <summary>Returns evenly spaced arrivals.</summary>
    /// <param name="rate">How many.</param>
    public static Arrivals FromRate(Rate rate) => new EvenArrivals(rate);
}

/// <summary>What the members of a population plan themselves, each its next operation when it knows when that is due. Never part of a plan.</summary>
/// <param name="Expected">How many in the mean; zero when only the run can tell.</param>
public sealed record OwnArrivals(Rate Expected) : Arrivals
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override double PerSecond => Expected.PerSecond;

    /// <inheritdoc/>
    public override long MostIn(TimeSpan length) => PerSecond > 0 ? base.MostIn(length) : long.MaxValue;

    /// <inheritdoc/>
    public override string ToString() => PerSecond > 0 ? $"about {Expected}, planned by its members" : "planned by its members";
}

/// <summary>Evenly spaced operations.</summary>
/// <param name="Rate">How many.</param>
public sealed record EvenArrivals(Rate Rate) : Arrivals
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override double PerSecond => Rate.PerSecond;

    /// <inheritdoc/>
    public override string ToString() => Rate.ToString();
}

/// <summary>A rate that rises or falls steadily, and then stays where it is.</summary>
/// <param name="From">The rate at the beginning, and before.</param>
/// <param name="To">The rate at the end, and afterwards.</param>
/// <param name="Over">How long it takes from one to the other.</param>
public sealed record RampArrivals(
    Rate From, Rate To, [property: JsonPropertyName("overMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Over) : Arrivals
{
    /// <summary>Gets when it begins, since the loads started.</summary>
    [JsonPropertyName("afterMs")]
    [JsonConverter(typeof(MillisecondsConverter))]
    public TimeSpan After { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override double PerSecond => (From.PerSecond + To.PerSecond) / 2;

    /// <inheritdoc/>
    public override long MostIn(TimeSpan length) => (long)Math.Ceiling(Math.Max(From.PerSecond, To.PerSecond) * length.TotalSeconds);

    /// <inheritdoc/>
    public override Arrivals Settle(Random random, TimeSpan warmUp) => this with { After = warmUp };

    /// <inheritdoc/>
    public override string ToString() => $"{From}..{To} over {Duration.Format(Over)}";
}

/// <summary>Rates one after the other; the last one stays.</summary>
/// <param name="Rates">The rates; at least one. The first one holds before the beginning too.</param>
/// <param name="Each">How long each one holds.</param>
public sealed record StepArrivals(
    IReadOnlyList<Rate> Rates, [property: JsonPropertyName("eachMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Each) : Arrivals
{
    /// <summary>Gets when they begin, since the loads started.</summary>
    [JsonPropertyName("afterMs")]
    [JsonConverter(typeof(MillisecondsConverter))]
    public TimeSpan After { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override double PerSecond => Rates.Average(rate => rate.PerSecond);

    /// <inheritdoc/>
    public override long MostIn(TimeSpan length) => (long)Math.Ceiling(Rates.Max(rate => rate.PerSecond) * length.TotalSeconds);

    /// <inheritdoc/>
    public override Arrivals Settle(Random random, TimeSpan warmUp) => this with { After = warmUp };

    /// <inheritdoc/>
    public override string ToString() => $"{string.Join(", ", Rates)}, each {Duration.Format(Each)}";
}

/// <summary>Operations that do not know of each other, as those of many independent users: a Poisson process.</summary>
/// <param name="Rate">How many in the mean.</param>
public sealed record PoissonArrivals(Rate Rate) : Arrivals
{
    // So many standard deviations are exceeded once in a thousand windows.
    private const double Unlikely = 3;

    /// <summary>Gets the number from which its instants follow.</summary>
    public int Seed { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override double PerSecond => Rate.PerSecond;

    /// <inheritdoc/>
    public override long MostIn(TimeSpan length)
    {
        var mean = PerSecond * length.TotalSeconds;
        return (long)Math.Ceiling(mean + (Unlikely * Math.Sqrt(mean)));
    }

    /// <inheritdoc/>
    public override Arrivals Settle(Random random, TimeSpan warmUp) => this with { Seed = random.Next() };

    /// <inheritdoc/>
    public override string ToString() => $"Poisson {Rate}";
}

/// <summary>Many operations at one instant, again and again.</summary>
/// <param name="Size">How many at once.</param>
/// <param name="Every">The time from one burst to the next.</param>
/// <param name="At">When the first one is; shorter than <paramref name="Every"/>.</param>
public sealed record BurstArrivals(
    int Size,
    [property: JsonPropertyName("everyMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Every,
    [property: JsonPropertyName("atMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan At) : Arrivals
{
    /// <summary>Gets from when <see cref="At"/> counts, since the loads started. There are bursts before too, at the same distance.</summary>
    [JsonPropertyName("afterMs")]
    [JsonConverter(typeof(MillisecondsConverter))]
    public TimeSpan After { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override double PerSecond => Size / Every.TotalSeconds;

    /// <inheritdoc/>
    public override long MostIn(TimeSpan length) => Size * (long)Math.Ceiling(length / Every);

    /// <inheritdoc/>
    public override Arrivals Settle(Random random, TimeSpan warmUp) => this with { After = warmUp };

    /// <inheritdoc/>
    public override string ToString() => $"{Size} at once every {Duration.Format(Every)}";
}

/// <summary>A population of which everybody waits for an answer, and then for a while, before the next operation.</summary>
/// <remarks>
/// It asks less when the stack is slow, so it hides outages that open arrivals show. An operation is planned for the instant at
/// which its member has thought long enough.
/// </remarks>
/// <param name="Members">How many there are.</param>
/// <param name="Think">How long each waits after an answer.</param>
public sealed record ClosedArrivals(
    int Members, [property: JsonPropertyName("thinkMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Think) : Arrivals
{
    private static readonly TimeSpan ShortestAnswer = TimeSpan.FromMilliseconds(1);

    /// <inheritdoc/>
    [JsonIgnore]
    public override double PerSecond => 0;

    /// <inheritdoc/>
    public override long MostIn(TimeSpan length) => Members * (long)Math.Ceiling(length / (Think + ShortestAnswer));

    /// <inheritdoc/>
    public override string ToString() => $"{Members} that wait for their answers and {Duration.Format(Think)} more";
}
