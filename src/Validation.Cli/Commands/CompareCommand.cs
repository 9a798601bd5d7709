using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Core.Comparing;

namespace Validation.Cli.Commands;

/// <summary><c>compare</c>: says what became better or worse between two groups of runs.</summary>
internal sealed class CompareCommand
{
    private readonly CliHost _host;
    private readonly FiguresReader _reader;

    private CompareCommand(CliHost host) => (_host, _reader) = (host, new FiguresReader(host));

    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var runs = new Argument<string[]>("RUNS")
        {
            Description = "Two groups of runs, the baseline first: folders of runs separated by commas, or a baseline file.",
            Arity = ArgumentArity.OneOrMore,
        };
        var save = new Option<FileInfo?>("--save-baseline")
        {
            Description = "Keep the figures of all these runs in a file, and compare nothing.",
            HelpName = "FILE",
        };
        var json = CommonOptions.Json();
        var command = new Command(
            "compare",
            "Says for each objective and each load whether it improved, regressed or is unchanged between two groups of runs.\n\n"
            + "Examples:\n  compare reports/a/1,reports/a/2,reports/a/3 reports/b/1,reports/b/2,reports/b/3\n  compare --save-baseline main.json reports/quick-start/2026-*\n  compare main.json reports/quick-start/latest\n\n"
            + "Seven runs on each side are usually enough; that is said when they are not.\n"
            + "Exit codes: 0 nothing regressed, 1 something did, 2 these runs do not show it, 3 invalid input.")
        {
            runs, save, json,
        };
        command.SetAction(parsed => (int)new CompareCommand(host).Execute(parsed.GetValue(runs)!, parsed.GetValue(save), parsed.GetValue(json)));
        return command;
    }

    private ExitCode Execute(string[] groups, FileInfo? save, bool asJson)
    {
        if (save is not null)
        {
            var kept = FiguresReader.OfOneScenario([.. groups.SelectMany(_reader.Read)]);
            Keep(kept, save);
            _host.Console.WriteLine($"{save.Name} holds the figures of {CommonOptions.Text(kept.Count)} runs of {kept[0].Scenario}.");
            return ExitCode.Pass;
        }

        if (groups.Length != 2)
        {
            throw new HarnessException(
                ExitCode.InvalidInput,
                $"compare takes two groups of runs, and there are {CommonOptions.Text(groups.Length)}.",
                "Separate the runs of one group by commas: compare reports/a/1,reports/a/2 reports/b/1,reports/b/2.");
        }

        var (baseline, others) = (_reader.Read(groups[0]), _reader.Read(groups[1]));
        FiguresReader.OfOneScenario([.. baseline, .. others]);
        var figures = Comparison.Of(baseline, others);
        if (asJson)
        {
            _host.Output.WriteLine(JsonSerializer.Serialize(figures, HarnessJson.Pretty));
        }
        else
        {
            Show(baseline, others, figures);
        }

        return ExitCodeOf(figures, Comparison.NotInAll([.. baseline, .. others]));
    }

    private static void Keep(List<RunFigures> runs, FileInfo file)
    {
        try
        {
            HarnessJson.Write(file, new Baseline { Runs = runs });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException(ExitCode.InvalidInput, $"--save-baseline {file}: {error.Message}", innerException: error);
        }
    }

    /// <summary>What cannot be compared has not been shown to be unchanged.</summary>
    private ExitCode ExitCodeOf(IReadOnlyList<ComparedFigure> figures, IReadOnlyList<string> notInAll)
    {
        foreach (var name in notInAll)
        {
            _host.Errors.WriteLine($"{name} is not compared: not every run has a value.");
        }

        if (_reader.LeftOutOpen > 0)
        {
            _host.Errors.WriteLine($"{CommonOptions.Text(_reader.LeftOutOpen)} runs that are left out may have ended so because of the stack.");
        }

        var exit = Comparison.ExitCodeOf(figures);
        return exit == ExitCode.Pass && (notInAll.Count > 0 || _reader.LeftOutOpen > 0) ? ExitCode.Inconclusive : exit;
    }

    private void Show(List<RunFigures> baseline, List<RunFigures> others, IReadOnlyList<ComparedFigure> figures)
    {
        _host.Console.WriteLine($"{baseline[0].Scenario}: {CommonOptions.Text(baseline.Count)} runs before, {CommonOptions.Text(others.Count)} after");
        foreach (var fact in baseline.Concat(others).SelectMany(run => run.Machine).GroupBy(fact => fact.Key).Where(fact => fact.Select(one => one.Value).Distinct().Skip(1).Any()))
        {
            _host.Console.WriteLine($"? the runs differ in their {fact.Key}: {string.Join(", ", fact.Select(one => one.Value).Distinct())}");
        }

        foreach (var family in figures.GroupBy(figure => figure.Family).OrderBy(family => family.Key))
        {
            _host.Console.WriteLine(family.Key == FigureFamily.Objective ? "Objectives" : "Loads over the whole run");
            foreach (var figure in family)
            {
                _host.Console.WriteLine($"  {Word(figure.Change),-16}{figure.Name,-40}{figure.Measure.Format(figure.Before)} → {figure.Measure.Format(figure.After)}{Explain(figure)}");
            }
        }

        if (figures.Any(figure => figure.Change == Change.NotEnoughRuns))
        {
            var most = figures.Where(figure => figure.Change == Change.NotEnoughRuns).GroupBy(figure => figure.Family).Max(family => family.Count());
            _host.Console.WriteLine($"→ {CommonOptions.Text(Comparison.RunsNeeded(most))} runs on each side would show a difference, if there is one.");
        }
    }

    private static string Explain(ComparedFigure figure)
    {
        if (figure.Change is Change.NotEnoughRuns || figure.Shift == 0)
        {
            return string.Empty;
        }

        var interval = figure is { ShiftLow: { } low, ShiftHigh: { } high } ? $" ({Signed(low)} to {Signed(high)})" : string.Empty;
        var chance = figure.Probability.ToString(figure.Probability < 0.01 ? "0.0000" : "0.00", CultureInfo.InvariantCulture);
        return $"   {Signed(figure.Shift)}{interval}, p {chance}, matters beyond {figure.Measure.Format(figure.Threshold)}";

        string Signed(double value) => (value < 0 ? "-" : "+") + figure.Measure.Format(Math.Abs(value));
    }

    private static string Word(Change change) => change == Change.NotEnoughRuns ? "not enough runs" : change.ToString().ToLowerInvariant();
}
