namespace Validation.Environments.Local.Resources;

/// <summary>Decides when somebody who has a share of a processor may run: time that passes earns, time that is used costs.</summary>
internal sealed class ProcessorBudget
{
    private readonly double _share;
    private readonly TimeSpan _most;
    private TimeSpan _credit;

    /// <summary>Creates a budget that is full.</summary>
    /// <param name="share">How much of one processor is earned; above 0.</param>
    /// <param name="period">What is not used within this time is lost.</param>
    public ProcessorBudget(double share, TimeSpan period) => (_share, _most, _credit) = (share, period * share, period * share);

    /// <summary>Counts what was used.</summary>
    /// <param name="elapsed">The time since the last call.</param>
    /// <param name="used">The processor time that was used meanwhile.</param>
    /// <returns>Whether there is anything left to use.</returns>
    public bool Spend(TimeSpan elapsed, TimeSpan used)
    {
        var credit = _credit + (elapsed * _share) - used;
        _credit = credit < _most ? credit : _most;
        return _credit > TimeSpan.Zero;
    }
}
