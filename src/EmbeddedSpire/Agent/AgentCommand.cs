namespace EmbeddedSpire.Agent;

/// <summary>The commands that begin with <c>agent</c>.</summary>
internal static class AgentCommand
{
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        Console.Error.WriteLine("The agent is not part of this build.");
        return Task.FromResult(1);
    }
}
