namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>Waits, within a limit, for what comes about by itself.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(20);

    /// <summary>Waits until a condition holds.</summary>
    public static Task IsTrueAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null) => SucceedsAsync(
        async () =>
        {
            if (!await condition())
            {
                throw new TimeoutException($"It did not come about that {what}.");
            }
        },
        limit ?? DefaultLimit,
        error => error is TimeoutException);

    /// <summary>Waits until an action succeeds that fails in the expected way before.</summary>
    public static async Task SucceedsAsync(Func<Task> action, TimeSpan limit, Func<Exception, bool> isExpected)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await action();
                return;
            }
            catch (Exception error) when (isExpected(error) && TimeProvider.System.GetElapsedTime(start) < limit)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }
}
