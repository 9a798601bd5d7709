namespace EmbeddedSpire.Metrics;

/// <summary>Quantiles of the last ten seconds, and the sum and count of all time, as the Prometheus client of Go keeps them.</summary>
/// <remarks>Values are single-precision, because SPIRE's metrics library hands them on like that.</remarks>
internal sealed class Summary
{
    private const int Ages = 5;

    // Beyond this many values in two seconds a uniform sample of them is kept: the quantiles stay true within a per cent or two.
    private const int MaxSample = 1024;

    private static readonly TimeSpan AgeLength = TimeSpan.FromSeconds(2);

    private readonly Age[] _ages = [.. Enumerable.Range(0, Ages).Select(_ => new Age())];
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private ulong _draw = 0x9E3779B97F4A7C15;
    private double _sum;
    private ulong _count;

    public Summary(TimeProvider time) => _time = time;

    /// <summary>Adds a value.</summary>
    public void Observe(double value)
    {
        var number = Now();
        lock (_gate)
        {
            _sum += (float)value;
            _count++;
            var age = _ages[number % Ages];
            if (age.Number != number)
            {
                age.Restart(number);
            }

            Keep(age, (float)value);
        }
    }

    /// <summary>Returns sum, count and the asked quantiles; these are not a number when nothing happened for ten seconds.</summary>
    public (double Sum, ulong Count, double[] Quantiles) Read(ReadOnlySpan<double> quantiles)
    {
        var now = Now();
        lock (_gate)
        {
            // Each age stands for all its values, of which it may have kept only some.
            var weighted = _ages.Where(age => age.Number > now - Ages)
                .SelectMany(age => age.Sample.Select(value => (Value: value, Weight: (double)age.Seen / age.Sample.Count)))
                .OrderBy(pair => pair.Value).ToList();
            var total = weighted.Sum(pair => pair.Weight);
            var result = new double[quantiles.Length];
            for (var i = 0; i < result.Length; i++)
            {
                result[i] = Quantile(weighted, quantiles[i] * total);
            }

            return (_sum, _count, result);
        }
    }

    private static double Quantile(List<(float Value, double Weight)> ascending, double rank)
    {
        var passed = 0.0;
        foreach (var (value, weight) in ascending)
        {
            passed += weight;
            if (passed >= rank)
            {
                return value;
            }
        }

        return double.NaN;
    }

    private long Now() => _time.GetUtcNow().Ticks / AgeLength.Ticks;

    private void Keep(Age age, float value)
    {
        age.Seen++;
        if (age.Sample.Count < MaxSample)
        {
            age.Sample.Add(value);
            return;
        }

        // xorshift: which values are kept need not be unpredictable, only even.
        _draw ^= _draw << 13;
        _draw ^= _draw >> 7;
        _draw ^= _draw << 17;
        var place = _draw % (ulong)age.Seen;
        if (place < MaxSample)
        {
            age.Sample[(int)place] = value;
        }
    }

    private sealed class Age
    {
        public long Number { get; private set; } = -1;

        public long Seen { get; set; }

        public List<float> Sample { get; } = [];

        public void Restart(long number)
        {
            Number = number;
            Seen = 0;
            Sample.Clear();
        }
    }
}
