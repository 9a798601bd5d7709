using System.Diagnostics;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Impairing.Packets;

/// <summary>Decides what one impairment does to the packets of one traffic. Knows neither sockets nor clocks.</summary>
/// <remarks>
/// Everything is decided when a packet arrives, so a queue is no more than the instant at which the line gets free. One
/// thread decides; counters may be read by others.
/// </remarks>
internal sealed class ImpairmentModel
{
    private readonly Impairment _impairment;
    private readonly double _ticksPerByte;
    private readonly long _delay, _jitter, _heldBack, _queue;
    private ulong _draws;
    private long _lineIsFreeAt, _lastDue;
    private long _packets, _struck;

    /// <summary>Creates the model.</summary>
    /// <param name="impairment">The impairment.</param>
    /// <param name="stream">Tells this traffic's draws from those of others under the same impairment.</param>
    public ImpairmentModel(Impairment impairment, int stream)
    {
        _impairment = impairment;
        _ticksPerByte = impairment.Bandwidth is { } bandwidth ? Stopwatch.Frequency / bandwidth.BytesPerSecond : 0;
        _delay = Ticks(impairment.Delay);
        _jitter = Ticks(impairment.Jitter);
        _heldBack = Ticks(impairment.HeldBack);
        _queue = Ticks(impairment.Queue);
        _draws = ((ulong)(uint)impairment.Seed << 32) | (uint)stream;
    }

    /// <summary>Gets whether only packets are meant that close a TCP connection.</summary>
    public bool IsForClosingOnly => _impairment.ClosingOnly;

    /// <summary>Gets how many packets came.</summary>
    public long Packets => Volatile.Read(ref _packets);

    /// <summary>Gets to how many of them something was done.</summary>
    public long Struck => Volatile.Read(ref _struck);

    /// <summary>Decides about one packet.</summary>
    /// <param name="fate">What others have decided before; changed.</param>
    /// <param name="bytes">Its length from the IP header on.</param>
    /// <param name="hasPayload">Whether it carries anything behind its transport header.</param>
    public void Decide(ref Fate fate, int bytes, bool hasPayload)
    {
        var struck = Lose(ref fate);
        if (!fate.IsLost)
        {
            struck |= Duplicate(ref fate) | (hasPayload && Corrupt(ref fate)) | Queue(ref fate, bytes);
        }

        if (!fate.IsLost)
        {
            struck |= Delay(ref fate) | HoldBack(ref fate);
        }

        Volatile.Write(ref _packets, _packets + 1);
        Volatile.Write(ref _struck, _struck + (struck ? 1 : 0));
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private bool Lose(ref Fate fate) => fate.IsLost = Happens(_impairment.Loss);

    private bool Duplicate(ref Fate fate)
    {
        var happens = Happens(_impairment.Duplication);
        fate.Copies += happens ? 1 : 0;
        return happens;
    }

    private bool Corrupt(ref Fate fate)
    {
        if (!Happens(_impairment.Corruption))
        {
            return false;
        }

        fate.Flipped = Draw();
        fate.KeepsChecksum = _impairment.KeepChecksum;
        return true;
    }

    private bool Queue(ref Fate fate, int bytes)
    {
        if (_ticksPerByte == 0)
        {
            return false;
        }

        var begins = Math.Max(fate.Due, _lineIsFreeAt);
        if (begins - fate.Due > _queue)
        {
            fate.IsLost = true;
            return true;
        }

        _lineIsFreeAt = begins + (long)(bytes * fate.Copies * _ticksPerByte);
        fate.Due = _lineIsFreeAt;
        return true;
    }

    private bool Delay(ref Fate fate)
    {
        if (_delay == 0)
        {
            return false;
        }

        // A line that is slower for one packet is not faster for the next: order is kept.
        var due = fate.Due + _delay + (_jitter == 0 ? 0 : (long)(((2 * Draw()) - 1) * _jitter));
        _lastDue = fate.Due = Math.Max(due, _lastDue);
        return true;
    }

    private bool HoldBack(ref Fate fate)
    {
        var happens = Happens(_impairment.Reordering);
        fate.Due += happens ? _heldBack : 0;
        return happens;
    }

    private bool Happens(double share) => share > 0 && Draw() < share;

    private double Draw() => SplitMix.Unit(_draws += SplitMix.Increment);
}
