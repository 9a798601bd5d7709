using System.Text;
using Spectre.Console;

namespace Validation.Reporting.Tests;

/// <summary>A console that keeps what was written to it.</summary>
internal sealed class TestTerminal
{
    private readonly StringBuilder _written = new();

    private TestTerminal(bool isTerminal)
    {
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(new StringWriter(_written)),
        });
    }

    public IAnsiConsole Console { get; }

    public string Written => _written.ToString().ReplaceLineEndings("\n");

    public static TestTerminal Plain() => new(isTerminal: false);

    public static TestTerminal Interactive() => new(isTerminal: true);
}
