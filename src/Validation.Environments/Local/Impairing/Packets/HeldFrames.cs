using System.Runtime.InteropServices;

namespace Validation.Environments.Local.Impairing.Packets;

/// <summary>Frames that wait for their instant. Nothing is allocated for a frame.</summary>
internal sealed unsafe class HeldFrames : IDisposable
{
    private const int SlotBytes = 2048, Slots = 32_768;

    private readonly byte* _memory = (byte*)NativeMemory.Alloc(Slots, SlotBytes);
    private readonly (int Length, int Copies)[] _frames = new (int, int)[Slots];
    private readonly Stack<int> _free = new(Enumerable.Range(0, Slots));
    private readonly PriorityQueue<int, (long Due, long Order)> _waiting = new(Slots);
    private long _order;

    /// <summary>Gets when the next frame leaves; the largest number when none waits.</summary>
    public long NextDue => _waiting.TryPeek(out _, out var next) ? next.Due : long.MaxValue;

    /// <summary>Keeps a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="due">When it leaves; those with the same instant keep their order.</param>
    /// <param name="copies">How often.</param>
    /// <returns>False when there is no room.</returns>
    public bool TryAdd(ReadOnlySpan<byte> frame, long due, int copies)
    {
        if (frame.Length > SlotBytes || !_free.TryPop(out var slot))
        {
            return false;
        }

        frame.CopyTo(Slot(slot));
        _frames[slot] = (frame.Length, copies);
        _waiting.Enqueue(slot, (due, _order++));
        return true;
    }

    /// <summary>Takes the next frame. It stays valid until another one is added.</summary>
    /// <param name="copies">How often it leaves.</param>
    public ReadOnlySpan<byte> Take(out int copies)
    {
        var slot = _waiting.Dequeue();
        _free.Push(slot);
        (var length, copies) = _frames[slot];
        return Slot(slot)[..length];
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(_memory);

    private Span<byte> Slot(int slot) => new(_memory + ((long)slot * SlotBytes), SlotBytes);
}
