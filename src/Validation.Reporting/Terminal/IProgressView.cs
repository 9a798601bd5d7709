namespace Validation.Reporting.Terminal;

/// <summary>Shows a run while it goes on. Never called twice at the same time.</summary>
internal interface IProgressView : IAsyncDisposable
{
    /// <summary>Shows a line that stays.</summary>
    /// <param name="line">The line.</param>
    void Say(Line line);

    /// <summary>Shows what is waited for.</summary>
    /// <param name="text">What is waited for.</param>
    void Wait(string text);

    /// <summary>Told before a load's tick is taken in: the state is that of the second before.</summary>
    /// <param name="state">The state.</param>
    /// <param name="at">The tick's time, since the run began.</param>
    void Tick(ProgressState state, TimeSpan at);
}
