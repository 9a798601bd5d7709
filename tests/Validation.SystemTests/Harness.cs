using System.Diagnostics;
using System.Text;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.TestKit;

namespace Validation.SystemTests;

/// <summary>The harness as a user starts it: a process with arguments, an exit code and an output.</summary>
internal sealed class Harness : IDisposable
{
    private readonly StringBuilder _output = new();
    private readonly Process _process;

    private Harness(Process process, DirectoryInfo reports, Leftovers leftovers)
    {
        _process = process;
        Reports = reports;
        Leftovers = leftovers;
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int ProcessId => _process.Id;

    public DirectoryInfo Reports { get; }

    /// <summary>Gets what finds things of this run that are still on the machine.</summary>
    public Leftovers Leftovers { get; }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a command.</summary>
    /// <param name="prefix">A command that starts it, for example as another user; empty for none.</param>
    /// <param name="program">The program's folder.</param>
    /// <param name="arguments">Its arguments; the folder for reports is added.</param>
    public static Harness Start(IReadOnlyList<string> prefix, DirectoryInfo program, params string[] arguments)
    {
        var reports = Directory.CreateTempSubdirectory("validation-system-test-");
        File.SetUnixFileMode(reports.FullName, (UnixFileMode)0b111_111_111);
        return Start(prefix, program, reports, [.. arguments, "--reports", reports.FullName]);
    }

    /// <summary>Asks what a run has left, as after a run that was killed.</summary>
    /// <param name="expected">The exit code.</param>
    /// <returns>What was said.</returns>
    public async Task<string> RecoverAsync(ExitCode expected = ExitCode.Pass)
    {
        using var recover = Start([], Here(), Directory.CreateTempSubdirectory("validation-system-test-"), ["recover", Run().Root.FullName]);
        (await recover.WaitAsync()).Should().Be(expected, recover.Output);
        return recover.Output;
    }

    private static Harness Start(IReadOnlyList<string> prefix, DirectoryInfo program, DirectoryInfo reports, string[] arguments)
    {
        var leftovers = Leftovers.LookBefore();
        string[] command = [.. prefix, "dotnet", Path.Combine(program.FullName, "Validation.Cli.dll"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = program.FullName,
        };
        start.Environment["VALIDATION_HOME"] = Repository.Root.FullName;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment[Leftovers.Mark] = leftovers.Id;
        return new Harness(Process.Start(start)!, reports, leftovers);
    }

    /// <summary>Runs a scenario of the repository or of these tests to its end.</summary>
    public static async Task<Harness> RunAsync(string scenario, params string[] arguments)
    {
        var harness = Start([], Here(), ["run", PathOf(scenario), .. arguments]);
        await harness.WaitAsync();
        return harness;
    }

    /// <summary>Returns the path of a scenario of these tests, else of the repository.</summary>
    public static string PathOf(string scenario)
    {
        var own = Path.Combine(AppContext.BaseDirectory, "Scenarios", scenario);
        return File.Exists(own) ? own : Path.Combine(Repository.Root.FullName, "scenarios", scenario);
    }

    public static DirectoryInfo Here() => new(AppContext.BaseDirectory);

    public async Task<ExitCode> WaitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        await _process.WaitForExitAsync(limit.Token);
        return (ExitCode)_process.ExitCode;
    }

    public ExitCode ExitCode => (ExitCode)_process.ExitCode;

    public void Kill() => _process.Kill();

    /// <summary>Returns the folder of the run, once it exists.</summary>
    public RunDirectory Run() =>
        RunDirectory.Open(Reports.GetDirectories().Where(folder => folder.Name != "up").SelectMany(scenario => scenario.GetDirectories()).First(folder => folder.LinkTarget is null));

    public RunRecording Recording() => RunRecording.Read(Run());

    public RunResult Result() => HarnessJson.Read<RunResult>(Run().Result);

    /// <summary>Waits until an event of a kind is in the run's log.</summary>
    /// <param name="isMeant">Which of them.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="interval">How long the pauses between two looks are; 200 ms unless it matters.</param>
    public async Task<T> WaitForAsync<T>(Func<T, bool> isMeant, TimeSpan limit, TimeSpan? interval = null)
        where T : Fact
    {
        var since = Stopwatch.GetTimestamp();
        var read = 0L;
        while (Stopwatch.GetElapsedTime(since) < limit && !_process.HasExited)
        {
            var events = Reports.GetFiles("events.ndjson", SearchOption.AllDirectories).FirstOrDefault();
            var hasGrown = events is not null && events.Length != read;
            read = events?.Length ?? 0;
            if (hasGrown && Core.Running.EventLog.Read(events!).Select(happened => happened.Fact).OfType<T>().FirstOrDefault(isMeant) is { } fact)
            {
                return fact;
            }

            await Task.Delay(interval ?? TimeSpan.FromMilliseconds(200));
        }

        throw new TimeoutException($"No {typeof(T).Name} within {limit}. Output so far:\n{Output}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        Reports.Delete(recursive: true);
    }

    private void Append(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
