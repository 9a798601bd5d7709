using System.Collections.Concurrent;
using System.Text;
using Validation.Core.Loads;

namespace Validation.Core.Recording;

/// <summary>Writes samples to disk while a run goes on. <see cref="Record"/> may be called from any thread and never waits for the disk.</summary>
public sealed class SampleWriter : IAsyncDisposable
{
    // The documentation of SampleFile promises four times a second.
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentQueue<Sample> _waiting = new();
    private readonly ConcurrentDictionary<string, ushort> _outcomes = new();
    private readonly Lock _outcomeGate = new();
    private readonly ConcurrentQueue<(ushort Outcome, string Failure)> _newNames = new();
    private readonly FileStream _file;
    private readonly Action<Sample>? _watcher;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _flushing;

    /// <summary>Opens the file.</summary>
    /// <param name="file">The file; must not exist.</param>
    /// <param name="time">The clock.</param>
    /// <param name="watcher">Told of every sample, from any thread; must be quick.</param>
    public SampleWriter(FileInfo file, TimeProvider time, Action<Sample>? watcher = null)
    {
        _watcher = watcher;
        _file = new FileStream(file.FullName, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _file.Write(SampleFile.Magic);
        _flushing = FlushAgainAndAgainAsync(time);
    }

    /// <summary>Returns the number that stands for an outcome in samples.</summary>
    /// <param name="outcome">The outcome.</param>
    public ushort NumberOf(Outcome outcome)
    {
        if (outcome.Succeeded)
        {
            return 0;
        }

        if (_outcomes.TryGetValue(outcome.Failure!, out var known))
        {
            return known;
        }

        lock (_outcomeGate)
        {
            return _outcomes.GetOrAdd(outcome.Failure!, failure =>
            {
                var number = (ushort)(_outcomes.Count + 1);
                _newNames.Enqueue((number, failure));
                return number;
            });
        }
    }

    /// <summary>Records a sample.</summary>
    /// <param name="sample">The sample.</param>
    public void Record(in Sample sample)
    {
        _waiting.Enqueue(sample);
        _watcher?.Invoke(sample);
    }

    /// <summary>Writes everything that is waiting and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _flushing;
        Flush();
        await _file.DisposeAsync();
        _stop.Dispose();
    }

    private async Task FlushAgainAndAgainAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(FlushInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                Flush();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Flush()
    {
        // Samples are taken before names: a sample's name was queued before the sample was, so it goes out first.
        var samples = new List<Sample>(_waiting.Count);
        while (_waiting.TryDequeue(out var sample))
        {
            samples.Add(sample);
        }

        var names = new List<(ushort Outcome, byte[] Text)>();
        while (_newNames.TryDequeue(out var name))
        {
            names.AddRange(Encoding.UTF8.GetBytes(name.Failure).Chunk(SampleFile.NameBytes).Select(text => (name.Outcome, text)));
        }

        if (samples.Count + names.Count == 0)
        {
            return;
        }

        var bytes = new byte[(samples.Count + names.Count) * SampleFile.FrameSize];
        var rest = bytes.AsSpan();
        foreach (var (outcome, text) in names)
        {
            SampleFile.WriteName(rest, outcome, text);
            rest = rest[SampleFile.FrameSize..];
        }

        foreach (var sample in samples)
        {
            SampleFile.WriteSample(rest, sample);
            rest = rest[SampleFile.FrameSize..];
        }

        _file.Write(bytes);
    }
}
