using System.Diagnostics;

namespace Validation.Environments.Local.Impairing.Packets;

/// <summary>Takes frames from a device, decides what becomes of each, and puts them back when they are due.</summary>
internal sealed class PacketLoop : IDisposable
{
    private const int LargestBatch = 256;
    private static readonly long LongestWait = Stopwatch.Frequency / 10;

    private readonly HeldFrames _held = new();
    private readonly PacketRing _ring;
    private readonly byte[] _router;

    private volatile IReadOnlyDictionary<ulong, (int? Port, ImpairmentModel Model)[]> _models =
        new Dictionary<ulong, (int? Port, ImpairmentModel Model)[]>();

    private long _missed;

    /// <summary>Opens the device; frames that come from now on wait until the loop runs.</summary>
    /// <param name="device">The device, whose other end is the router's.</param>
    /// <param name="router">The hardware address of that other end.</param>
    public PacketLoop(string device, byte[] router) => (_ring, _router) = (new PacketRing(device), router);

    /// <summary>Gets how many frames were lost because the loop could not keep up.</summary>
    public long Missed => Volatile.Read(ref _missed);

    /// <summary>Sets what is done to packets. Those that are held already keep their instants.</summary>
    /// <param name="models">By both addresses in one number; each packet goes through all that are meant for its ports, in their order.</param>
    public void Use(IReadOnlyDictionary<ulong, (int? Port, ImpairmentModel Model)[]> models) => _models = models;

    /// <summary>Runs until the end.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public void Run(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var received = Receive();
            SendDue();
            Volatile.Write(ref _missed, _missed + _ring.TakeMissed());
            if (received < LargestBatch)
            {
                var wait = Math.Min(LongestWait, _held.NextDue - Stopwatch.GetTimestamp());
                if (wait > 0)
                {
                    _ring.Wait(wait);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ring.Dispose();
        _held.Dispose();
    }

    private int Receive()
    {
        var received = 0;
        while (received < LargestBatch && _ring.Peek(out var arrived) is { IsEmpty: false } frame)
        {
            if (Ipv4Frame.TryFind(frame, out var found))
            {
                Treat(frame, found, arrived);
            }

            _ring.Release();
            received++;
        }

        return received;
    }

    private void Treat(Span<byte> frame, Ipv4Frame found, long arrived)
    {
        var fate = Fate.Unharmed(arrived);
        if (_models.TryGetValue(found.Pair, out var models))
        {
            foreach (var (port, model) in models)
            {
                if (!fate.IsLost && (found.IsClosing || !model.IsForClosingOnly) && (port is null || port == found.SourcePort || port == found.DestinationPort))
                {
                    model.Decide(ref fate, found.Bytes, found.HasPayload);
                }
            }
        }

        if (fate.IsLost)
        {
            return;
        }

        _router.CopyTo(frame);
        Ipv4Frame.RaiseTimeToLive(frame);
        if (fate.Flipped >= 0)
        {
            found.FlipBit(frame, fate.Flipped, fate.KeepsChecksum);
        }

        if (!_held.TryAdd(frame, fate.Due, fate.Copies))
        {
            Volatile.Write(ref _missed, _missed + 1);
        }
    }

    private void SendDue()
    {
        for (var sent = 0; sent < LargestBatch && _held.NextDue <= Stopwatch.GetTimestamp(); sent++)
        {
            var frame = _held.Take(out var copies);
            for (var copy = 0; copy < copies; copy++)
            {
                if (!_ring.TrySend(frame))
                {
                    Volatile.Write(ref _missed, _missed + 1);
                }
            }
        }
    }
}
