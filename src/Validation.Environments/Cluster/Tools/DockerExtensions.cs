namespace Validation.Environments.Cluster.Tools;

/// <summary>Commands that must succeed.</summary>
internal static class DockerExtensions
{
    /// <summary>Runs a command that must succeed and returns its output without the line break at its end.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <exception cref="HarnessException">It failed; the command and its own words are in the message.</exception>
    public static async Task<string> RequireAsync(this IDocker docker, DockerCommand command, CancellationToken cancellationToken)
    {
        var answer = await docker.RunAsync(command, cancellationToken);
        return answer.Succeeded ? answer.Output.TrimEnd() : throw Failure(command, answer);
    }

    /// <summary>Runs a command that prints one name or id in each line and returns these.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <exception cref="HarnessException">It failed.</exception>
    public static async Task<IReadOnlyList<string>> ListAsync(this IDocker docker, DockerCommand command, CancellationToken cancellationToken) =>
        (await docker.RequireAsync(command, cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Returns what to throw when a command failed.</summary>
    /// <param name="command">The command.</param>
    /// <param name="answer">How it ended.</param>
    public static HarnessException Failure(DockerCommand command, ToolAnswer answer) => new(
        ExitCode.EnvironmentFailed,
        $"{command}: ended with exit code {answer.ExitCode}. {(answer.Errors.Length > 0 ? answer.Errors : answer.Output).Trim()}");
}
