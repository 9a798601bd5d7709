using System.CommandLine;
using System.Globalization;
using Validation.Cli.Benching;
using Validation.Core;

namespace Validation.Cli.Commands;

/// <summary><c>bench</c>: measures the harness itself.</summary>
internal static class BenchCommand
{
    private const string Client = "client";
    private const string Attest = "attest";
    private const string Agents = "agents";
    private const string Living = "living";
    private const string Pacing = "pacing";
    private const string Soak = "soak";
    private const string Histogram = "histogram";
    private const string Judging = "judging";
    private static readonly string[] All = [Client, Attest, Agents, Living, Pacing, Soak, Histogram, Judging];

    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var what = new Argument<string[]>("what") { Description = "What to measure; everything when nothing is named.", DefaultValueFactory = _ => All };
        what.AcceptOnlyFromAmong(All);
        var seconds = Number("--seconds", "How long each rate of pacing is measured.", 10, 600);
        var agents = Number("--agents", "How many virtual agents there are.", 1_000, 50_000);
        var minutes = Number("--minutes", "How long agents live, and how long the soak takes.", 1, 600);
        var sync = Number("--sync", "The seconds between two syncs of one living agent.", 30, 3_600);
        var command = new Command(
            "bench",
            "Measures the harness itself beside programs and loops that do as little as possible, by turns, as ratios.\n"
            + "Figures are written to reports/bench/NAME.json and added to reports/bench/bench.md. The machine should have nothing else to do.\n\n"
            + "client     the processor time of a call with 100 in flight, without and with TLS, beside h2load's\n"
            + "attest     how many agents a processor attests, beside the cryptography that openssl needs for it\n"
            + "agents     the resident memory of an idle virtual agent\n"
            + "living     the same of agents that sync and renew, and how many of their operations fail\n"
            + "pacing     how late operations are fired at 1,000 to 20,000 a second, beside a bare loop that only sleeps\n"
            + "soak       whether the harness grows while it fires 5,000 calls a second\n"
            + "histogram  what counting a latency and merging two histograms cost, beside bare arrays\n"
            + "judging    how long it takes to read and judge a recording of ten million operations\n\n"
            + "Examples:\n  bench\n  bench client attest\n  bench agents --agents 10000\n  bench living --agents 2000 --sync 5 --minutes 10\n  bench pacing --seconds 60\n  bench soak --minutes 30")
        {
            what, seconds, agents, minutes, sync,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var chosen = parsed.GetValue(what)!;
            if (chosen.Intersect([Client, Attest]).Any())
            {
                await Prerequisites.EnsureForBenchesAsync(host, cancellationToken);
            }

            var folder = new BenchFolder(host, Machine.Describe());
            var sizes = new Sizes(
                TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                parsed.GetValue(agents),
                TimeSpan.FromSeconds(parsed.GetValue(sync)),
                TimeSpan.FromMinutes(parsed.GetValue(minutes)));
            foreach (var bench in All.Where(bench => chosen.Contains(bench)))
            {
                await RunAsync(bench, host, folder, sizes, cancellationToken);
            }

            return (int)ExitCode.Pass;
        });
        return command;
    }

    private static async Task RunAsync(string bench, CliHost host, BenchFolder folder, Sizes sizes, CancellationToken cancellationToken)
    {
        switch (bench)
        {
            case Client:
                await ClientRun.RunAsync(host, folder, cancellationToken);
                break;
            case Attest:
                await AttestRun.RunAsync(host, folder, cancellationToken);
                break;
            case Agents:
                await AgentsRun.RunAsync(host, folder, sizes.Agents, cancellationToken);
                break;
            case Living:
                await LivingRun.RunAsync(host, folder, sizes.Agents, sizes.SyncInterval, sizes.Living, cancellationToken);
                break;
            case Pacing:
                await PacingRun.RunAsync(host, folder, sizes.Pacing, cancellationToken);
                break;
            case Soak:
                await SoakRun.RunAsync(host, folder, sizes.Living, cancellationToken);
                break;
            case Histogram:
                HistogramRun.Run(folder);
                break;
            default:
                await JudgingRun.RunAsync(host, folder);
                break;
        }
    }

    private static Option<int> Number(string name, string description, int usual, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "NUMBER", DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1 || number > most))
            {
                result.AddError($"{name} is '{token.Value}'; allowed is a whole number from 1 to {most}.");
            }
        });
        return option;
    }

    /// <summary>How much is measured.</summary>
    private sealed record Sizes(TimeSpan Pacing, int Agents, TimeSpan SyncInterval, TimeSpan Living);
}
