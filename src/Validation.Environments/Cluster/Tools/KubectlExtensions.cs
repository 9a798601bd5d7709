using System.Text.Json;
using Validation.Environments.Cluster.Pods;

namespace Validation.Environments.Cluster.Tools;

/// <summary>Commands that must succeed.</summary>
internal static class KubectlExtensions
{
    private const int Attempts = 5;

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

    /// <summary>Runs a command that prints names, and returns them without their kinds.</summary>
    /// <param name="kubectl">The program.</param>
    /// <param name="command">The command, with <c>-o name</c>.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <exception cref="HarnessException">It failed.</exception>
    public static async Task<IReadOnlyList<string>> ListNamesAsync(this IKubectl kubectl, KubectlCommand command, CancellationToken cancellationToken) =>
        [.. (await kubectl.RequireAsync(command, cancellationToken))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name => name[(name.LastIndexOf('/') + 1)..])];

    /// <summary>Changes an object by patches that name the version that was looked at, so that nothing is overwritten that came in between.</summary>
    /// <param name="kubectl">The program.</param>
    /// <param name="kind">The object's kind, as kubectl writes it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="change">Returns the patch for what was found; null to leave it as it is. Asked again when somebody else was quicker.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>False when it was left as it is, or is not there.</returns>
    /// <exception cref="HarnessException">The API server refused.</exception>
    public static async Task<bool> ChangeAsync(
        this IKubectl kubectl, string kind, string name, Func<JsonElement, KubectlCommand?> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await kubectl.FindAsync(kind, name, cancellationToken) is not { } found || change(found) is not { } command)
            {
                return false;
            }

            var answer = await kubectl.RunAsync(command, cancellationToken);
            if (answer.Succeeded)
            {
                return true;
            }

            // A kubelet or a controller writes to the object now and then; then it is looked at once more.
            if (attempt == Attempts || !answer.Errors.Contains("Conflict", StringComparison.OrdinalIgnoreCase))
            {
                throw Failure(command, answer);
            }
        }
    }

    /// <summary>Returns the version of an object, which changes with each write to it.</summary>
    /// <param name="found">The object.</param>
    public static string VersionOf(JsonElement found) => PodFacts.Text(PodFacts.Get(found, "metadata"), "resourceVersion") ?? string.Empty;

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
