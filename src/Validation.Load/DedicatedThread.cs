namespace Validation.Load;

/// <summary>Runs work on a thread of its own, because it must not wait for the thread pool.</summary>
internal static class DedicatedThread
{
    /// <summary>Runs work until it returns.</summary>
    /// <param name="name">The thread's name.</param>
    /// <param name="work">The work.</param>
    public static Task RunAsync(string name, Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        })
        {
            IsBackground = true,
            Name = name,
            Priority = ThreadPriority.Highest,
        };
        thread.Start();
        return done.Task;
    }
}
