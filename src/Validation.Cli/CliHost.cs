using Spectre.Console;

namespace Validation.Cli;

/// <summary>Everything outside of the process that commands touch. Tests hand in their own.</summary>
public sealed record CliHost
{
    private const int WidthOfFiles = 240;

    /// <summary>Gets where results go.</summary>
    public required IAnsiConsole Console { get; init; }

    /// <summary>Gets where problems go.</summary>
    public required TextWriter Errors { get; init; }

    /// <summary>Gets where plain results for machines go.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Gets the clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Gets the folder against which scenario and report paths are meant.</summary>
    public required DirectoryInfo Home { get; init; }

    /// <summary>Returns the real outside.</summary>
    /// <remarks>
    /// The home is where run.sh lies, which it tells in <c>VALIDATION_HOME</c>; without that the current folder.
    /// </remarks>
    public static CliHost Real()
    {
        var console = AnsiConsole.Console;
        if (System.Console.IsOutputRedirected)
        {
            // A file has neither colours nor a width; lines that are broken for one are hard to search.
            console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
            console.Profile.Width = WidthOfFiles;
        }

        return new CliHost
        {
            Console = console,
            Errors = System.Console.Error,
            Output = System.Console.Out,
            Time = TimeProvider.System,
            Home = new DirectoryInfo(Environment.GetEnvironmentVariable("VALIDATION_HOME") ?? Environment.CurrentDirectory),
        };
    }
}
