namespace Validation.Environments.Cluster;

/// <summary>Takes down what a start has begun and could not finish.</summary>
internal static class TakenDown
{
    /// <summary>Takes it down. Trouble with that must not hide why.</summary>
    /// <param name="started">What was started.</param>
    /// <param name="trouble">What went wrong before; the caller throws it when this returns.</param>
    /// <exception cref="HarnessException">It could not be taken down either; both are in the message, and <paramref name="trouble"/> is the cause.</exception>
    public static async Task AfterAsync(IAsyncDisposable started, Exception trouble)
    {
        try
        {
            await started.DisposeAsync();
        }
        catch (Exception left) when (left is HarnessException or OperationCanceledException)
        {
            var known = left as HarnessException;
            throw new HarnessException(
                known?.ExitCode ?? ExitCode.LeftUnclean, $"{trouble.Message}\nAnd then, while it was taken down: {left.Message}", known?.Hint, trouble);
        }
    }
}
