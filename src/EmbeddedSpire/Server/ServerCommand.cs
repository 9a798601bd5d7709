namespace EmbeddedSpire.Server;

/// <summary>The commands that begin with <c>server</c>.</summary>
internal static class ServerCommand
{
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        Console.Error.WriteLine("The server is not part of this build.");
        return Task.FromResult(1);
    }
}
