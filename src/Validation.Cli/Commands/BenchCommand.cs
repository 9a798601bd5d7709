using System.CommandLine;
using System.Globalization;
using Validation.Cli.Benching;
using Validation.Core;

namespace Validation.Cli.Commands;

/// <summary><c>bench</c>: measures the harness itself.</summary>
internal static class BenchCommand
{
    private const string Client = "client";
    private const string Pacing = "pacing";
    private const string Judging = "judging";
    private static readonly string[] All = [Client, Pacing, Judging];

    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var what = new Argument<string[]>("what") { Description = "What to measure; everything when nothing is named.", DefaultValueFactory = _ => All };
        what.AcceptOnlyFromAmong(All);
        var seconds = Number("--seconds", "How long each rate of pacing is measured.", 10, 600);
        var command = new Command(
            "bench",
            "Measures the harness itself; figures are written to reports/bench/.\n\n"
            + "client   the processor time of a call, beside h2load's\n"
            + "pacing   how late operations are fired at 1,000 to 20,000 a second, beside a bare loop that only sleeps\n"
            + "judging  how long it takes to read and judge a recording of ten million operations")
        {
            what, seconds,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = new BenchFolder(host, "this machine");
            var chosen = parsed.GetValue(what)!;
            if (chosen.Contains(Client))
            {
                await ClientRun.RunAsync(host, folder, cancellationToken);
            }

            return (int)ExitCode.Pass;
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int usual, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1 || number > most))
            {
                result.AddError($"{name} is '{token.Value}'; allowed is a whole number from 1 to {most}.");
            }
        });
        return option;
    }
}
