namespace Validation.Core.Stacks;

/// <summary>A node whose processes can be ended.</summary>
public interface IKillable : INode
{
    /// <summary>Sends SIGKILL to every process of the node.</summary>
    /// <param name="holdDown">True to keep it down until <see cref="ReleaseAsync"/>; false to let the restart policy act.</param>
    /// <param name="cancellationToken">Ends the waiting, not the killing.</param>
    /// <returns>What was hit: how many processes of which incarnation.</returns>
    Task<SignalReceipt> KillAsync(bool holdDown, CancellationToken cancellationToken);

    /// <summary>Lets a node that is held down start again. Does nothing to any other.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task ReleaseAsync(CancellationToken cancellationToken);

    /// <summary>Counts the processes of the node that exist right now, zombies not counted.</summary>
    /// <param name="cancellationToken">Ends the asking: the node may be on another machine.</param>
    Task<int> CountProcessesAsync(CancellationToken cancellationToken);
}

/// <summary>A node that can be asked to end in its own way.</summary>
public interface IStoppable : IKillable
{
    /// <summary>Sends SIGTERM to the node's main process and, after the grace period, SIGKILL to what is left.</summary>
    /// <param name="grace">How long the node may take.</param>
    /// <param name="holdDown">True to keep it down until it is released; false to let the restart policy act.</param>
    /// <param name="cancellationToken">Ends the waiting, not the stopping.</param>
    /// <returns>What was hit, and whether it ended by itself.</returns>
    Task<SignalReceipt> StopAsync(TimeSpan grace, bool holdDown, CancellationToken cancellationToken);
}

/// <summary>A node that can lose everything that it has stored.</summary>
public interface IErasable : IKillable
{
    /// <summary>Throws away what the node has stored, but not its configuration, as when another machine takes its place.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">It is not held down, or its end was not seen within 5 s.</exception>
    Task EraseAsync(CancellationToken cancellationToken);
}

/// <summary>A node whose processes can be frozen.</summary>
public interface IPausable : INode
{
    /// <summary>Sends SIGSTOP to every process of the node.</summary>
    /// <param name="lease">The environment wakes the node by itself after this time, should nobody resume it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<SignalReceipt> PauseAsync(TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Sends SIGCONT to every process of the node. Does nothing to a node that is not frozen.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task ResumeAsync(CancellationToken cancellationToken);

    /// <summary>Tells whether the kernel shows every process of the node as stopped.</summary>
    /// <param name="cancellationToken">Ends the asking: the node may be on another machine.</param>
    Task<bool> IsFrozenAsync(CancellationToken cancellationToken);
}

/// <summary>A node whose main process only manages the others, and can be frozen while they go on.</summary>
public interface IManagerPausable : IPausable
{
    /// <summary>Sends SIGSTOP to the node's main process alone. <see cref="IPausable.ResumeAsync"/> takes it back.</summary>
    /// <param name="lease">The environment wakes it by itself after this time, should nobody resume it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<SignalReceipt> PauseManagerAsync(TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Tells whether the kernel shows the main process as stopped.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    Task<bool> IsManagerFrozenAsync(CancellationToken cancellationToken);
}

/// <summary>What a signal hit.</summary>
/// <param name="Processes">How many processes got it; zero means that it hit nothing.</param>
/// <param name="Incarnation">The incarnation of the node that was hit.</param>
/// <param name="EndedWithinGrace">For a graceful stop: the main process ended before the grace period did.</param>
public sealed record SignalReceipt(int Processes, int Incarnation, bool EndedWithinGrace = false);
