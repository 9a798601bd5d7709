namespace Validation.Core.Stacks;

/// <summary>A node with a file system of its own, which can be filled up.</summary>
public interface IStorageControl : INode
{
    /// <summary>Leaves no space in the node's file system beyond what is used. What the node deletes it can use again.</summary>
    /// <param name="lease">The space comes back by itself after this time, should nobody give it back.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays full.</param>
    /// <returns>Gives the space back when it is disposed; a second time does nothing.</returns>
    Task<IAsyncDisposable> FillAsync(TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Tries to write a file in the node's file system, and removes it again.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>False when there was no space.</returns>
    Task<bool> TryWriteAsync(long bytes, CancellationToken cancellationToken);
}
