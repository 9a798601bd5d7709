namespace Validation.Environments.Cluster.Tools;

/// <summary>A program that goes on. Disposing ends it.</summary>
internal interface IToolSession : IAsyncDisposable
{
    /// <summary>Gets its standard input.</summary>
    Stream Input { get; }

    /// <summary>Gets its standard output.</summary>
    Stream Output { get; }

    /// <summary>Gets a task that ends when the program does, with its exit code and the last of its standard error.</summary>
    Task<ToolAnswer> Ended { get; }
}
