namespace Validation.Load.Arriving;

/// <summary>A schedule that is fixed before the load begins, whatever becomes of its operations.</summary>
internal sealed class OpenSchedule : Schedule
{
    private readonly IInstants _instants;
    private readonly int _step;
    private long _number;
    private long _nextNs;

    /// <summary>Creates the schedule.</summary>
    /// <param name="instants">The instants of the whole load.</param>
    /// <param name="share">The share of it.</param>
    public OpenSchedule(IInstants instants, Share share)
    {
        (_instants, _step, _number) = (instants, share.Count, share.Index);
        _nextNs = instants.At(_number);
    }

    /// <inheritdoc/>
    public override long Number => _number;

    /// <inheritdoc/>
    public override long NextNs => _nextNs;

    /// <inheritdoc/>
    public override void Advance()
    {
        _number += _step;
        _nextNs = _instants.At(_number);
    }
}
