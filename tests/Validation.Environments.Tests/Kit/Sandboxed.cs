using System.Diagnostics;
using System.Reflection;
using System.Text;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Tests.Kit;

/// <summary>This program, started as its own process that makes a sandbox and runs a body of a test in it.</summary>
internal sealed class Sandboxed : IDisposable
{
    private const int Nobody = 65534;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly string[] Needed = ["unshare", "setpriv", "setsid", "nsenter", "ip", "nft"];

    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Sandboxed(Process process, DirectoryInfo directory)
    {
        (Outer, Directory) = (process, directory);
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Gets the outer process.</summary>
    public Process Outer { get; }

    /// <summary>Gets a directory that the body may write to; its path is the body's first argument.</summary>
    public DirectoryInfo Directory { get; }

    /// <summary>Gets everything that was written to the console.</summary>
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

    /// <summary>Gets a task that ends with the first line on the console.</summary>
    public Task FirstLine => _firstLine.Task;

    /// <summary>Runs a body to its end; it must not throw.</summary>
    /// <param name="user">As whom.</param>
    /// <param name="body">The body: a static method.</param>
    /// <param name="arguments">Its further arguments.</param>
    /// <returns>What it wrote.</returns>
    public static async Task<string> RunAsync(As user, Func<SandboxInterior, string[], Task> body, params string[] arguments)
    {
        using var sandboxed = Start(user, body, arguments);
        await sandboxed.WaitForExitAsync();
        sandboxed.Outer.ExitCode.Should().Be(0, sandboxed.Output);
        return sandboxed.Output;
    }

    /// <summary>Starts a body.</summary>
    /// <param name="user">As whom.</param>
    /// <param name="body">The body: a static method.</param>
    /// <param name="arguments">Its further arguments.</param>
    public static Sandboxed Start(As user, Func<SandboxInterior, string[], Task> body, params string[] arguments) =>
        Start(user, ["outer"], body, arguments);

    /// <summary>Starts a body in a sandbox that may live on.</summary>
    /// <param name="user">As whom.</param>
    /// <param name="name">The name of its stack.</param>
    /// <param name="body">The body: a static method.</param>
    public static Sandboxed StartDetached(As user, string name, Func<SandboxInterior, string[], Task> body) =>
        Start(user, ["detached", name], body, []);

    /// <summary>Runs this program as a user and returns what it writes.</summary>
    /// <param name="user">The user.</param>
    /// <param name="arguments">The program's arguments.</param>
    public static string Run(As user, params string[] arguments)
    {
        var command = CommandFor(user, arguments);
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Result.Trim() : $"this program cannot be run as {user}: {errors.Result.Trim()}";
    }

    private static Sandboxed Start(As user, string[] mode, Func<SandboxInterior, string[], Task> body, string[] arguments)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory();
        File.SetUnixFileMode(directory.FullName, (UnixFileMode)0b111_111_111);
        var command = CommandFor(user, [.. mode, body.Method.DeclaringType!.FullName!, body.Method.Name, directory.FullName, .. arguments]);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["HOME"] = directory.FullName;
        return new Sandboxed(Process.Start(start)!, directory);
    }

    /// <summary>Returns the command that starts this program as a user.</summary>
    /// <param name="user">The user.</param>
    /// <param name="arguments">The program's arguments.</param>
    public static IReadOnlyList<string> CommandFor(As user, IEnumerable<string> arguments) =>
    [
        // Whoever started the tests may have made them ignore signals: nohup does, and shells for what runs in the background.
        "env", "--default-signal=HUP,INT",
        .. user == As.OrdinaryUser && Environment.IsPrivilegedProcess
            ? (string[])[ProgramFinder.Require("setpriv"), $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"]
            : [],
        DotnetHost.Program, Assembly.GetExecutingAssembly().Location, .. arguments,
    ];

    /// <summary>Skips the test where such a sandbox cannot be made, and says what is missing.</summary>
    /// <param name="user">As whom it is made.</param>
    /// <param name="programs">Programs that the test needs besides those of the sandbox.</param>
    public static void SkipUnlessPossible(As user, params string[] programs)
    {
        Skip.If(user == As.Root && !Environment.IsPrivilegedProcess, "needs root");
        var missing = KnownProgram.All
            .Where(program => Needed.Concat(programs).Contains(program.Name) && program.Find() is null)
            .Select(program => program.Name)
            .ToArray();
        Skip.If(missing.Length > 0, $"not installed: {string.Join(", ", missing)}");
        // Asked in a process of that user, because what the kernel allows depends on who asks.
        var problems = Run(user, "trial");
        Skip.If(problems.Length > 0, problems);
    }

    /// <summary>Waits until the outer process has ended.</summary>
    public async Task WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await Outer.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Not over within {Limit}:\n{Output}");
        }
    }

    public void Dispose()
    {
        if (!Outer.HasExited)
        {
            Outer.Kill();
            Outer.WaitForExit();
        }

        Outer.Dispose();
        Directory.Delete(recursive: true);
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            lock (_output)
            {
                _output.AppendLine(line.Data);
            }

            _firstLine.TrySetResult();
        }
    }
}
