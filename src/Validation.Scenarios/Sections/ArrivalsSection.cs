using Validation.Core;
using Validation.Core.Loads;
using Validation.Scenarios.Reading;
using Validation.Scenarios.Yaml;

namespace Validation.Scenarios.Sections;

/// <summary>Reads <c>arrivals</c>: a rate, or a mapping whose first word is the form that it has.</summary>
internal static class ArrivalsSection
{
    private const int MostAtOnce = 100_000;
    private const string Between = "..";
    private static readonly TimeSpan LongestThinking = TimeSpan.FromHours(1);

    private static readonly Dictionary<string, Func<MappingReader, Arrivals?>> Forms = new()
    {
        ["ramp"] = ReadRamp,
        ["steps"] = ReadSteps,
        ["poisson"] = ReadPoisson,
        ["burst"] = ReadBurst,
        ["closed"] = ReadClosed,
    };

    private static readonly ValueFormat<(Rate From, Rate To)?> RampEnds = new("two rates with two dots between them, such as 10/s..200/s", ReadEnds);

    /// <summary>Reads the arrivals of a load.</summary>
    /// <param name="load">The load.</param>
    /// <param name="value">The value of its key <c>arrivals</c>.</param>
    /// <param name="log">Takes what is wrong.</param>
    /// <returns>Null when they could not be read.</returns>
    public static Arrivals? Read(MappingReader load, YamlValue value, DiagnosticLog log)
    {
        if (value is not YamlMapping)
        {
            return load.Convert(value, "arrivals", Formats.Rate) is { } rate ? new EvenArrivals(rate) : null;
        }

        if (MappingReader.Of(value, "'arrivals'", log) is not { } arrivals)
        {
            return null;
        }

        if (Forms.Keys.FirstOrDefault(arrivals.Has) is not { } form)
        {
            arrivals.RejectOthers(Forms.Keys);
            if (!arrivals.Entries.Any())
            {
                log.Add(value.Position, $"'arrivals' is empty. Allowed is {Formats.Listed(Forms.Keys)}, or a rate such as 20/s.");
            }

            return null;
        }

        var read = Forms[form](arrivals);
        arrivals.RejectOthers();
        return read;
    }

    private static RampArrivals? ReadRamp(MappingReader arrivals)
    {
        var ends = arrivals.Demand("ramp", RampEnds, "ramp: 10/s..200/s");
        var over = arrivals.Demand("over", Formats.Length(), "over: 60s");
        return ends is null || over is null ? null : new RampArrivals(ends.Value.From, ends.Value.To, over.Value);
    }

    private static StepArrivals? ReadSteps(MappingReader arrivals)
    {
        var items = arrivals.DemandItems("steps", "steps: [50/s, 100/s]");
        var rates = items.Select(item => arrivals.Convert(item, "steps", Formats.Rate)).OfType<Rate>().ToArray();
        var each = arrivals.Demand("each", Formats.Length(), "each: 30s");
        return rates.Length == 0 || rates.Length < items.Count || each is null ? null : new StepArrivals(rates, each.Value);
    }

    private static PoissonArrivals? ReadPoisson(MappingReader arrivals) =>
        arrivals.Demand("poisson", Formats.Rate, "poisson: 100/s") is { } rate ? new PoissonArrivals(rate) : null;

    private static BurstArrivals? ReadBurst(MappingReader arrivals)
    {
        var size = arrivals.Demand("burst", Formats.Count(1, MostAtOnce), "burst: 500");
        var every = arrivals.Demand("every", Formats.Length(), "every: 10s");
        var at = arrivals.Read("at", Formats.Length(TimeSpan.Zero)) ?? TimeSpan.Zero;
        if (at >= every)
        {
            arrivals.Complain("at", $"at '{Duration.Format(at)}' is not before the next burst: there is one every {Duration.Format(every.Value)}.");
        }

        return size is null || every is null ? null : new BurstArrivals(size.Value, every.Value, at);
    }

    private static ClosedArrivals? ReadClosed(MappingReader arrivals)
    {
        var members = arrivals.Demand("closed", Formats.Count(1, MostAtOnce), "closed: 50");
        var think = arrivals.Read("think", Formats.Length(TimeSpan.Zero, LongestThinking, "ms"));
        return members is null ? null : new ClosedArrivals(members.Value, think ?? TimeSpan.Zero);
    }

    private static (Rate From, Rate To)? ReadEnds(string text) =>
        text.Split(Between) is [var first, var second] && Rate.TryParse(first.Trim(), out var from) && Rate.TryParse(second.Trim(), out var to)
            ? (from, to)
            : null;
}
