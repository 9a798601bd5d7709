using Validation.Core.Loads;
using Validation.Core.Recording;

namespace Validation.Load;

/// <summary>Writes what became of operations to the run's samples, as they end.</summary>
internal sealed class FileSink : IOperationSink
{
    private readonly SampleWriter _samples;

    /// <summary>Creates the sink.</summary>
    /// <param name="samples">The run's samples.</param>
    public FileSink(SampleWriter samples) => _samples = samples;

    /// <inheritdoc/>
    public void FiredBefore(long plannedNs)
    {
    }

    /// <inheritdoc/>
    public void Opened(ushort load, long number, long plannedNs)
    {
    }

    /// <inheritdoc/>
    public void Ended(long number, in Sample sample, Outcome outcome) =>
        _samples.Record(sample with { Outcome = _samples.NumberOf(outcome) });
}
