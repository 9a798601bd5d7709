using System.Collections.Concurrent;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Load.Workers.Protocol;

namespace Validation.Load.Workers.Working;

/// <summary>Hands events and SVIDs of a worker to the controller, which alone writes recordings.</summary>
internal sealed class ToldEvents : IEventSink, ISvidSink
{
    // A batch is some 650 KB: well below the longest frame.
    private const int LongestBatch = 8_192;

    private readonly ConcurrentQueue<IssuedSvid> _svids = new();
    private readonly FrameConnection _connection;
    private readonly RunClock _clock;
    private readonly ConcurrentDictionary<string, ushort> _loads = new();

    /// <summary>Creates the sink.</summary>
    /// <param name="connection">The connection to the controller.</param>
    /// <param name="clock">The worker's clock.</param>
    public ToldEvents(FrameConnection connection, RunClock clock) => (_connection, _clock) = (connection, clock);

    /// <summary>Names a load.</summary>
    /// <param name="load">Its name.</param>
    /// <param name="index">Its index in the plan.</param>
    public void Name(string load, int index) => _loads[load] = (ushort)index;

    /// <inheritdoc/>
    /// <remarks>It is on its way at once: an entry that is about to be deleted must not be a lost one because the worker dies.</remarks>
    public RunEvent Record(Fact fact)
    {
        _connection.Send(new Recorded(fact));
        return new RunEvent(_clock.Now, fact);
    }

    /// <inheritdoc/>
    public void Record(string load, SvidCheck check, ReadOnlySpan<byte> certificate, SvidFacts facts) =>
        Record(SvidFile.Describe((long)_clock.Now.TotalNanoseconds, _loads[load], check, certificate, facts));

    /// <inheritdoc/>
    public void Record(in IssuedSvid svid) => _svids.Enqueue(svid);

    /// <summary>Hands over the SVIDs that were received since the last time.</summary>
    public void TellSvids()
    {
        var batch = new List<IssuedSvid>();
        while (_svids.TryDequeue(out var svid))
        {
            batch.Add(svid);
        }

        foreach (var part in batch.Chunk(LongestBatch))
        {
            var bytes = new byte[part.Length * SvidFile.FrameSize];
            for (var i = 0; i < part.Length; i++)
            {
                SvidFile.WriteFrame(bytes.AsSpan(i * SvidFile.FrameSize), part[i]);
            }

            _connection.Send(FrameKind.Svids, bytes);
        }
    }
}
