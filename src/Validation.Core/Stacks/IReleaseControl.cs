namespace Validation.Core.Stacks;

/// <summary>A node that can be started as another release of what runs on it.</summary>
public interface IReleaseControl : IStoppable
{
    /// <summary>Chooses the release for every start from now on.</summary>
    /// <param name="release">Which one.</param>
    void Choose(NodeRelease release);

    /// <summary>Asks the node which version it is, by its metrics.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>Null when it does not answer, or does not say.</returns>
    Task<string?> ReadVersionAsync(CancellationToken cancellationToken);
}

/// <summary>The releases that a node can be.</summary>
public enum NodeRelease
{
    /// <summary>The one that the stack came up with.</summary>
    Own,

    /// <summary>The one that it is tried with.</summary>
    Next,
}
