namespace Validation.Core.Stacks;

/// <summary>A node whose clock can be set off.</summary>
public interface IClockControl : INode
{
    /// <summary>Starts the node again with a clock that is off.</summary>
    /// <param name="by">How much it is ahead; negative for behind.</param>
    /// <param name="lease">The clock is right again after this time, should nobody set it right.</param>
    /// <param name="cancellationToken">Ends the attempt; the clock is right again.</param>
    /// <returns>Sets the clock right when it is disposed, without a start; a second time does nothing.</returns>
    Task<IAsyncDisposable> SetClockOffAsync(TimeSpan by, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Asks the node for the time: the <c>Date</c> of an HTTP answer, which is in whole seconds.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>Null when it does not answer, or does not say.</returns>
    Task<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken);
}
