using Validation.Core.Loads;
using Validation.Core.Recording;

namespace Validation.Core.Tests.Recording;

public sealed class SampleFileTests : IDisposable
{
    private readonly FileInfo _file = new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));

    [Fact]
    public async Task Read_WhatWasWritten_IsTheSame()
    {
        var samples = new[] { new Sample(1, 2, 3, 0, 0), new Sample(10, Sample.Never, 30, 1, 1), new Sample(long.MaxValue, 0, 5, 65_535, 0) };

        await WriteAsync(writer =>
        {
            writer.NumberOf(Outcome.Failed(Outcome.NotFired)).Should().Be(1);
            foreach (var sample in samples)
            {
                writer.Record(sample);
            }
        });

        var read = SampleFile.Read(_file);
        read.Samples.Should().Equal(samples);
        read.Failures.Should().Equal(new Dictionary<ushort, string> { [1] = "not-fired" });
    }

    [Fact]
    public async Task Read_AFailureWithALongName_KeepsTheWholeName()
    {
        var name = string.Concat(Enumerable.Repeat("a-very-long-failure-class-", 4)) + "é";

        await WriteAsync(writer => writer.NumberOf(Outcome.Failed(name)));

        SampleFile.Read(_file).Failures[1].Should().Be(name);
    }

    [Fact]
    public async Task Read_TheLastFrameWasCutOff_KeepsTheOthers()
    {
        await WriteAsync(writer =>
        {
            writer.Record(new Sample(1, 2, 3, 0, 0));
            writer.Record(new Sample(4, 5, 6, 0, 0));
        });
        using (var file = _file.Open(FileMode.Open))
        {
            file.SetLength(file.Length - 1);
        }

        SampleFile.Read(_file).Samples.Should().Equal(new Sample(1, 2, 3, 0, 0));
    }

    [Fact]
    public void Read_SomethingElse_IsRefused()
    {
        File.WriteAllText(_file.FullName, "not samples at all");

        _file.Invoking(SampleFile.Read).Should().Throw<HarnessException>().WithMessage("*does not begin with VSAMPLE1*")
            .Which.ExitCode.Should().Be(ExitCode.InvalidInput);
    }

    [Fact]
    public async Task NumberOf_FromManyThreads_NamesEachFailureOnce()
    {
        await WriteAsync(writer => Parallel.For(0, 1_000, i => writer.Record(new Sample(i, i, i, 0, writer.NumberOf(Outcome.Failed($"failure-{i % 7}"))))));

        var read = SampleFile.Read(_file);
        read.Failures.Values.Should().BeEquivalentTo(Enumerable.Range(0, 7).Select(i => $"failure-{i}"));
        read.Samples.Should().OnlyContain(sample => read.Failures[sample.Outcome] == $"failure-{sample.PlannedNs % 7}");
    }

    public void Dispose() => _file.Delete();

    private async Task WriteAsync(Action<SampleWriter> write)
    {
        await using var writer = new SampleWriter(_file, TimeProvider.System);
        write(writer);
    }
}
