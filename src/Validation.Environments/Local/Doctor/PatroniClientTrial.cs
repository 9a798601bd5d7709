using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Doctor;

/// <summary>Tries whether Patroni can talk to etcd: its package is content with the client of any configuration store.</summary>
internal static class PatroniClientTrial
{
    private const string Name = "patroni's client for etcd";

    /// <summary>Makes the trial, in the Python that Patroni's program names in its first line.</summary>
    /// <param name="cancellationToken">Ends the trial.</param>
    /// <returns>What was found; nothing when Patroni is not installed or is not a Python program.</returns>
    public static async Task<IReadOnlyList<Prerequisite>> RunAsync(CancellationToken cancellationToken)
    {
        if (ProgramFinder.Find("patroni") is not { } patroni || PythonOf(File.ReadLines(patroni).FirstOrDefault() ?? string.Empty) is not { } python)
        {
            return [];
        }

        var result = await Tool.TryRunAsync([python, "-c", "import patroni.dcs.etcd3"], null, Tool.DefaultLimit, cancellationToken);
        return
        [
            result.Succeeded
                ? new Prerequisite(Name, PrerequisiteState.Met, "tried")
                : new Prerequisite(
                    Name, PrerequisiteState.Missing, result.Errors.Trim().Split('\n')[^1], "Install the package python3-etcd.", "python3-etcd"),
        ];
    }

    /// <summary>Returns the Python that a script asks for.</summary>
    /// <param name="firstLine">Its first line: <c>#!/usr/bin/python3</c>, <c>#!/usr/bin/env python3</c>.</param>
    internal static string? PythonOf(string firstLine)
    {
        var words = firstLine.StartsWith("#!", StringComparison.Ordinal) ? firstLine[2..].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        var program = words is [var first, var second, ..] && Path.GetFileName(first) == "env" ? second : words.FirstOrDefault();
        return program is not null && Path.GetFileName(program).StartsWith("python", StringComparison.Ordinal) ? program : null;
    }
}
