using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Core.Comparing;

namespace Validation.Cli.Commands;

/// <summary><c>history</c>: says when the figures of a scenario changed over many runs.</summary>
internal static class HistoryCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var runs = new Argument<string[]>("RUNS")
        {
            Description = "Runs of one scenario, the oldest first: folders, or baseline files.",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = CommonOptions.Json();
        var command = new Command(
            "history",
            "Says for each objective and each load since which run it is what it is. Seven runs at each level are usually enough to see a change.\n\nExample:\n  history reports/quick-start/2026-*")
        {
            runs, json,
        };
        command.SetAction(parsed =>
        {
            var reader = new FiguresReader(host);
            var histories = FigureHistory.Of(FiguresReader.OfOneScenario([.. parsed.GetValue(runs)!.SelectMany(reader.Read)]));
            if (parsed.GetValue(json))
            {
                host.Output.WriteLine(JsonSerializer.Serialize(histories, HarnessJson.Pretty));
                return (int)ExitCode.Pass;
            }

            foreach (var history in histories)
            {
                host.Console.WriteLine($"{history.Name,-48}{string.Join("", history.Levels.Select(level => Describe(history, level)))}");
            }

            return (int)ExitCode.Pass;
        });
        return command;
    }

    private static string Describe(FigureHistory history, FigureLevel level)
    {
        var value = $"{history.Measure.Format(level.Median)} ({CommonOptions.Text(level.Runs)} runs)";
        return level == history.Levels[0] ? value : $" → {value} since {level.Since}";
    }
}
