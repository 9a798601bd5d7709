using System.Diagnostics;
using System.Globalization;

namespace Validation.SystemTests;

/// <summary>The namespaces of a run, from outside: what somebody with root could do behind the harness' back.</summary>
internal sealed class Sandbox
{
    private Sandbox(int firstProcess) => FirstProcess = firstProcess;

    /// <summary>Gets the harness itself: the process that is number 1 inside.</summary>
    public int FirstProcess { get; }

    /// <summary>Finds the sandbox of a run by its process that is number 1 inside.</summary>
    public static Sandbox Of(Harness harness) => new(harness.Leftovers.Processes().First(id =>
        File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("NSpid:", StringComparison.Ordinal)).Split('\t') is { Length: 3 } numbers && numbers[2] == "1"));

    /// <summary>Returns the processes inside, as they are numbered outside.</summary>
    public IEnumerable<int> Processes() =>
        from path in Directory.GetDirectories("/proc")
        where int.TryParse(Path.GetFileName(path), out _) && PidNamespace(path) == PidNamespace($"/proc/{FirstProcess}")
        select int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture);

    /// <summary>Lets the harness stand still; whoever it has started goes on.</summary>
    public void Stop() => Signal("-STOP");

    /// <summary>Lets the harness go on.</summary>
    public void Continue() => Signal("-CONT");

    /// <summary>Executes a command inside.</summary>
    public void Execute(params string[] command) => Read(command);

    /// <summary>Executes a command inside and returns what it wrote.</summary>
    public string Read(params string[] command)
    {
        var output = TryRead(command);
        output.Should().NotBeNull(string.Join(' ', command));
        return output!;
    }

    /// <summary>Executes a command inside and returns what it wrote; null when it failed.</summary>
    public string? TryRead(params string[] command)
    {
        var start = new ProcessStartInfo("nsenter", ["--target", FirstProcess.ToString(CultureInfo.InvariantCulture), "--net", "--mount", "--", .. command]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : null;
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, FirstProcess.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static string? PidNamespace(string process)
    {
        try
        {
            return new FileInfo($"{process}/ns/pid").LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
