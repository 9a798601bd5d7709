using Validation.Core.Recording;
using Validation.TestKit;

namespace Validation.Core.Tests.Recording;

public class HdrHistogramTests
{
    // What other implementations wrote; their counts and largest values are known from where they were published.
    private const string FortyTwo = "HISTFAAAAB542pNpmSzMwMDAxAABzFCaEUoz2X+AMIKZAEARAtM=";
    private const string FromALog = "HISTFAAAADR42pNpmSzMwMAgygABTFCaEUz8///f/gNE4LYcUyszkzaTJVMxkzUTNxMTO1MuEwD7aAiy";

    [Fact]
    public void Decode_OneValueOfAnotherImplementation_IsThatValue()
    {
        var histogram = HdrHistogram.Decode(Convert.FromBase64String(FortyTwo));

        (histogram.Count, histogram.At(100)).Should().Be((1, 42));
    }

    [Fact]
    public void Decode_ALineOfALogOfAnotherImplementation_HasTheLargestValueThatTheLogSays()
    {
        var histogram = HdrHistogram.Decode(Convert.FromBase64String(FromALog));

        (histogram.At(100) / 1e6).Should().BeApproximately(26.083, 0.0005, "the log says 26.083 ms");
    }

    [Theory]
    [InlineData(FortyTwo)]
    [InlineData(FromALog)]
    public void Encode_WhatAnotherImplementationWrote_GivesItsBytes(string theirs)
    {
        var bytes = Convert.FromBase64String(theirs);
        using var zlib = new System.IO.Compression.ZLibStream(new MemoryStream(bytes[8..]), System.IO.Compression.CompressionMode.Decompress);
        using var plain = new MemoryStream();
        zlib.CopyTo(plain);

        HdrHistogram.Decode(bytes).Encode().Should().Equal(plain.ToArray());
    }

    [Theory]
    [InlineData(2, 0.01)]
    [InlineData(3, 0.001)]
    public void At_AnyPercentile_IsTheExactOneToTheNumberOfDigits(int digits, double error)
    {
        var values = Values(20_000).Order().ToArray();
        var histogram = new HdrHistogram(1, 3_600_000_000_000, digits);
        Array.ForEach(values, histogram.Add);

        foreach (var percentile in new[] { 0.1, 50, 90, 99, 99.9, 100 })
        {
            var exact = values[(int)Math.Ceiling((decimal)percentile / 100 * values.Length) - 1];
            histogram.At(percentile).Should().BeInRange(exact, (long)(exact * (1 + error)) + 1);
        }
    }

    [Fact]
    public void Add_FourPartsInAnyOrder_IsTheWholeByteForByte()
    {
        var values = Values(20_000).ToArray();
        var whole = Of(values);

        var merged = HdrHistogram.ForLatencies();
        foreach (var part in values.Select((value, index) => (value, index)).GroupBy(pair => pair.index % 4).OrderByDescending(group => group.Key))
        {
            merged.Add(HdrHistogram.Decode(Of(part.Select(pair => pair.value)).EncodeCompressed()));
        }

        merged.Encode().Should().Equal(whole.Encode());
        merged.Count.Should().Be(20_000);
    }

    [Fact]
    public void Add_OneValueMore_GivesOtherBytes()
    {
        var values = Values(1_000).ToArray();

        Of(values.Append(5_000_000)).Encode().Should().NotEqual(Of(values).Encode(), "else the comparison could not fail");
    }

    [Fact]
    public void Add_AnotherShape_IsRefused() =>
        FluentActions.Invoking(() => HdrHistogram.ForLatencies().Add(new HdrHistogram(1, 1_000, 2))).Should().Throw<ArgumentException>();

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(long.MaxValue, 3_600_000_000_000)]
    public void Add_AValueBeyondTheRange_CountsAsItsEnd(long value, long end)
    {
        var histogram = Of([value]);

        histogram.At(100).Should().BeInRange(end, (long)(end * 1.01) + 1_000);
    }

    [Fact]
    public void Clear_AfterValues_IsEmpty()
    {
        var histogram = Of(Values(100));

        histogram.Clear();

        histogram.Encode().Should().Equal(HdrHistogram.ForLatencies().Encode());
        histogram.At(99).Should().Be(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1c849313")]
    [InlineData("1c8493130000000a00000000000000020000000000000001000000000000ffff3ff0000000000000")]
    [InlineData("1c849313000000010000000000000009000000000000000100000000000fffff3ff000000000000002")]
    [InlineData("1c849313000000010000000000000002000000000000000100000000000000083ff000000000000080")]
    public void Decode_BrokenBytes_IsRefused(string bytes) =>
        FluentActions.Invoking(() => HdrHistogram.Decode(Convert.FromHexString(bytes))).Should().Throw<InvalidDataException>();

    [Fact]
    public void Write_TheSlicesOfARun_MergeToItsHistogram()
    {
        var recording = new RecordingBuilder("s", TimeSpan.FromSeconds(3)).Phase("only", TimeSpan.FromSeconds(20))
            .Load("fetch", "driver", 100, (_, random) => new Answer(TimeSpan.FromMilliseconds(random.Next(1, 900)), random.Next(10) == 0 ? "unavailable" : null))
            .Load("sign", "driver", 3, (_, _) => new Answer(TimeSpan.FromMilliseconds(2)))
            .Build();
        var file = new FileInfo(Path.GetTempFileName());
        try
        {
            HistogramLog.Write(file, recording);

            var lines = File.ReadAllLines(file.FullName);
            lines[0].Should().Be("#[Histogram log format version 1.3]");
            var merged = HdrHistogram.ForLatencies();
            foreach (var line in lines.Where(line => line.StartsWith("Tag=fetch,", StringComparison.Ordinal)))
            {
                merged.Add(HdrHistogram.Decode(Convert.FromBase64String(line.Split(',')[^1])));
            }

            merged.Encode().Should().Equal(Of(recording.SamplesOf(0).Where(sample => sample.Succeeded).Select(sample => sample.LatencyNs)).Encode());
            lines.Count(line => line.StartsWith("Tag=sign,", StringComparison.Ordinal)).Should().Be(20, "there is one line a second");
        }
        finally
        {
            file.Delete();
        }
    }

    private static HdrHistogram Of(IEnumerable<long> values)
    {
        var histogram = HdrHistogram.ForLatencies();
        foreach (var value in values)
        {
            histogram.Add(value);
        }

        return histogram;
    }

    private static IEnumerable<long> Values(int count)
    {
        var random = new Seed(7).StreamFor("histogram");
        return Enumerable.Range(0, count).Select(_ => (long)Math.Exp(random.NextDouble() * 25)).ToArray();
    }
}
