using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Validation.Environments.Local.Programs;

/// <summary>How this process, and other .NET programs, can be started.</summary>
internal static class DotnetHost
{
    /// <summary>Gets the path of the <c>dotnet</c> program of the runtime this process runs on.</summary>
    /// <value>Found from the runtime itself, because PATH may lack it or name another one.</value>
    public static string Program { get; } = FindHost();

    /// <summary>Returns the command that starts this program once more, without its arguments.</summary>
    public static IReadOnlyList<string> OwnCommand()
    {
        var process = Environment.ProcessPath ?? Program;
        return Path.GetFileNameWithoutExtension(process) == "dotnet"
            ? [process, Assembly.GetEntryAssembly()!.Location]
            : [process];
    }

    /// <summary>Starts this program once more, to be spoken to by its standard input and output.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static Process StartOwn(params string[] arguments)
    {
        string[] command = [.. OwnCommand(), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        // It must not be taken for the first process of the sandbox.
        start.Environment.Remove(Sandbox.SandboxCommand.LinkVariable);
        return Children.Start(start);
    }

    // .../dotnet/shared/Microsoft.NETCore.App/10.0.0/ → .../dotnet/dotnet
    private static string FindHost()
    {
        var runtime = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory());
        var host = Path.Combine(runtime.Parent!.Parent!.Parent!.FullName, "dotnet");
        return File.Exists(host) ? host : ProgramFinder.Require("dotnet");
    }
}
