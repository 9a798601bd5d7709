using System.Runtime.CompilerServices;
using Validation.Core;
using Validation.Core.Recording;

namespace Validation.Load.Benching;

/// <summary>Measures what counting a latency and merging two histograms cost, beside loops over bare arrays.</summary>
public sealed class HistogramBench
{
    // How many counts a histogram for latencies has: 27 halves of 256 sub-buckets, from 1 us to an hour.
    private const int Counts = 27 * 128;
    private const int Values = 1 << 20;
    private const int Passes = 16;
    private const int Merges = 16_000;

    private readonly long[] _latencies = new long[Values];
    private readonly int[] _indexes = new int[Values];
    private readonly long[] _counts = new long[Counts];
    private readonly long[] _others = new long[Counts];
    private readonly HdrHistogram _histogram = HdrHistogram.ForLatencies();
    private readonly HdrHistogram _other = HdrHistogram.ForLatencies();

    /// <summary>Creates the bench with latencies as they are: most of some milliseconds, few of seconds.</summary>
    public HistogramBench()
    {
        var random = new Seed(1).StreamFor("bench");
        for (var i = 0; i < Values; i++)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            _latencies[i] = (long)(3_000_000 * Math.Exp(normal));
            _indexes[i] = (int)(_latencies[i] % Counts);
        }

        // Merging goes through all counts that could be used.
        _other.Add(_other.Highest);
    }

    /// <summary>Measures.</summary>
    /// <param name="rounds">How many rounds; at least one.</param>
    public HistogramResult Measure(int rounds)
    {
        // Before anything is written down the code is compiled.
        Round();
        return new HistogramResult([.. Enumerable.Range(0, rounds).Select(_ => Round())]);
    }

    private HistogramRound Round() => new(
        Time(Passes, Record) / Values,
        Time(Passes, Increment) / Values,
        Time(Merges, () => _histogram.Add(_other)),
        Time(Merges, Add));

    private static double Time(int times, Action action)
    {
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < times; i++)
        {
            action();
        }

        return (Environment.CpuUsage.TotalTime - before).TotalNanoseconds / times;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Record()
    {
        foreach (var latency in _latencies)
        {
            _histogram.Add(latency);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Increment()
    {
        var counts = _counts;
        foreach (var index in _indexes)
        {
            counts[index]++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add()
    {
        for (var i = 0; i < Counts; i++)
        {
            _counts[i] += _others[i];
        }
    }
}
