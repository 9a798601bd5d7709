using Validation.Core;
using Validation.Core.Loads;

namespace Validation.Load.Arriving;

/// <summary>The instants of a rate that changes: operation <c>n</c> is planned where the rate's integral has reached <c>n</c>.</summary>
internal sealed class CurveInstants : IInstants
{
    private readonly List<Piece> _pieces = [];
    private readonly double _offset;

    /// <summary>Creates the instants of a ramp.</summary>
    /// <param name="ramp">The ramp.</param>
    /// <param name="offset">How far the integral is at the start, from 0 to below 1.</param>
    public CurveInstants(RampArrivals ramp, double offset)
    {
        _offset = offset;
        Add(ramp.From, ramp.From, ramp.After);
        Add(ramp.From, ramp.To, ramp.Over);
        Add(ramp.To, ramp.To, null);
    }

    /// <summary>Creates the instants of steps.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="offset">How far the integral is at the start, from 0 to below 1.</param>
    public CurveInstants(StepArrivals steps, double offset)
    {
        _offset = offset;
        Add(steps.Rates[0], steps.Rates[0], steps.After);
        foreach (var rate in steps.Rates.SkipLast(1))
        {
            Add(rate, rate, steps.Each);
        }

        Add(steps.Rates[^1], steps.Rates[^1], null);
    }

    /// <inheritdoc/>
    public long At(long number)
    {
        var count = number + _offset;
        var piece = _pieces[0];
        for (var i = 1; i < _pieces.Count && _pieces[i].Before <= count; i++)
        {
            piece = _pieces[i];
        }

        return (long)Math.Round((piece.Start + piece.TimeOf(count - piece.Before)) * 1e9);
    }

    private void Add(Rate from, Rate to, TimeSpan? length)
    {
        var (start, before) = _pieces is [.., { } last] ? (last.Start + last.Length, last.Before + last.Count) : (0, 0);
        _pieces.Add(new Piece(start, before, from.PerSecond, to.PerSecond, length?.TotalSeconds ?? double.PositiveInfinity));
    }

    /// <summary>A part in which the rate changes steadily.</summary>
    /// <param name="Start">When it begins, in seconds.</param>
    /// <param name="Before">The integral there.</param>
    /// <param name="From">The rate there.</param>
    /// <param name="To">The rate at its end.</param>
    /// <param name="Length">How long it is, in seconds.</param>
    private sealed record Piece(double Start, double Before, double From, double To, double Length)
    {
        public double Count => (From + To) / 2 * Length;

        // The solution of From·t + (To − From)/Length·t²/2 = count, in the form that does not subtract nearly equal numbers.
        public double TimeOf(double count) =>
            2 * count / (From + Math.Sqrt((From * From) + (2 * (To - From) / Length * count)));
    }
}
