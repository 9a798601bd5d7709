using System.Globalization;

namespace Validation.Environments.K3s;

/// <summary>A container at one moment, as the engine tells it.</summary>
/// <param name="Status">The engine's word: <c>created</c>, <c>running</c>, <c>paused</c>, <c>exited</c> …</param>
/// <param name="ExitCode">Its last exit code.</param>
/// <param name="Pid">Its main process on the engine's machine; 0 when it does not run.</param>
/// <param name="StartedAt">When it was last started, as the engine writes it.</param>
internal sealed record ContainerState(string Status, int ExitCode, int Pid, string StartedAt)
{
    /// <summary>Gets whether its processes exist.</summary>
    public bool IsUp => Status is "running" or "paused";

    /// <summary>Reads the answer to <see cref="K3sCommands.AskState"/>.</summary>
    /// <param name="answer">The answer.</param>
    /// <exception cref="HarnessException">It has another form.</exception>
    public static ContainerState Parse(string answer)
    {
        var words = answer.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words.Length == 4
            && int.TryParse(words[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exitCode)
            && int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                ? new ContainerState(words[0], exitCode, pid, words[3])
                : throw new HarnessException(Core.ExitCode.EnvironmentFailed, $"The engine tells of a container what the harness does not understand: '{answer}'.");
    }
}
