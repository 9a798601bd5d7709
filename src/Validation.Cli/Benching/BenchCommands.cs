using Validation.Cli.Commands;

namespace Validation.Cli.Benching;

/// <summary>How benches start this program again.</summary>
internal static class BenchCommands
{
    /// <summary>Gets how long SVIDs live where nothing is to be renewed.</summary>
    public static TimeSpan UsualLife { get; } = TimeSpan.FromHours(24);

    /// <summary>Gets the command that starts the server which is called; its folder and how long its SVIDs live have to be added.</summary>
    public static IReadOnlyList<string> Server
    {
        get
        {
            // What is running is the program itself, or the .NET host with the program as its first argument.
            var process = Environment.ProcessPath!;
            string[] program = Path.GetFileNameWithoutExtension(process) == "dotnet" ? [process, Environment.GetCommandLineArgs()[0]] : [process];
            return [.. program, BenchServerCommand.Name];
        }
    }
}
