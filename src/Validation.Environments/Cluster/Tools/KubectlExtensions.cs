using System.Text.Json;

namespace Validation.Environments.Cluster.Tools;

/// <summary>Commands that must succeed.</summary>
internal static class KubectlExtensions
{
    /// <summary>Runs a command that must succeed and returns its output.</summary>
    /// <param name="kubectl">The program.</param>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <exception cref="HarnessException">It failed; the command and its own words are in the message.</exception>
    public static async Task<string> RequireAsync(this IKubectl kubectl, KubectlCommand command, CancellationToken cancellationToken)
    {
        var answer = await kubectl.RunAsync(command, cancellationToken);
        return answer.Succeeded ? answer.Output : throw Failure(command, answer);
    }

    /// <summary>Runs a command that prints JSON and returns it.</summary>
    /// <param name="kubectl">The program.</param>
    /// <param name="command">The command, with <c>-o json</c>.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <exception cref="HarnessException">It failed, or what it printed is not JSON.</exception>
    public static async Task<JsonElement> ReadJsonAsync(this IKubectl kubectl, KubectlCommand command, CancellationToken cancellationToken) =>
        Parse(command, await kubectl.RequireAsync(command, cancellationToken));

    /// <summary>Reads an object that need not be there.</summary>
    /// <param name="kubectl">The program.</param>
    /// <param name="kind">Its kind, as kubectl writes it: <c>namespace</c>.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <returns>The object; null when there is none.</returns>
    /// <exception cref="HarnessException">It cannot be read.</exception>
    public static async Task<JsonElement?> FindAsync(this IKubectl kubectl, string kind, string name, CancellationToken cancellationToken)
    {
        var command = KubectlCommand.Find(kind, name);
        var output = await kubectl.RequireAsync(command, cancellationToken);
        return string.IsNullOrWhiteSpace(output) ? null : Parse(command, output);
    }

    /// <summary>Returns what to throw when a command failed.</summary>
    /// <param name="command">The command.</param>
    /// <param name="answer">How it ended.</param>
    public static HarnessException Failure(KubectlCommand command, ToolAnswer answer) => new(
        ExitCode.EnvironmentFailed,
        $"{command}: ended with exit code {answer.ExitCode}. {(answer.Errors.Length > 0 ? answer.Errors : answer.Output).Trim()}");

    private static JsonElement Parse(KubectlCommand command, string output)
    {
        try
        {
            using var document = JsonDocument.Parse(output);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"{command}: printed no JSON. {error.Message}", innerException: error);
        }
    }
}
