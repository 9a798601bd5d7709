using System.Diagnostics;
using System.Globalization;

namespace Validation.SystemTests;

/// <summary>The namespaces of a run, from outside: what somebody with root could do behind the harness' back.</summary>
internal sealed class Sandbox
{
    private readonly int _firstProcess;

    private Sandbox(int firstProcess) => _firstProcess = firstProcess;

    /// <summary>Finds the sandbox of a run by its process that is number 1 inside.</summary>
    public static Sandbox Of(Harness harness) => new(harness.Leftovers.Processes().First(id =>
        File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("NSpid:", StringComparison.Ordinal)).Split('\t') is { Length: 3 } numbers && numbers[2] == "1"));

    /// <summary>Executes a command inside.</summary>
    public void Execute(params string[] command)
    {
        using var process = Process.Start("nsenter", ["--target", _firstProcess.ToString(CultureInfo.InvariantCulture), "--net", "--mount", "--", .. command]);
        process.WaitForExit();
        process.ExitCode.Should().Be(0, string.Join(' ', command));
    }
}
