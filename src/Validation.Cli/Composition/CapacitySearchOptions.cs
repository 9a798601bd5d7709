using System.CommandLine;
using Validation.Core;
using Validation.Core.Capacity;

namespace Validation.Cli.Composition;

/// <summary>The options that say how a capacity is searched for.</summary>
internal sealed class CapacitySearchOptions
{
    private static readonly CapacityOptions Defaults = new();

    private readonly Option<string?> _load = new("--load") { Description = "The load whose rate is varied. Default: the scenario's first.", HelpName = "NAME" };

    private readonly Option<Rate?> _from = RateOption("--from", "The rate that is tried first; lower ones are not tried. Default: the load's own.");

    private readonly Option<Rate?> _to = RateOption("--to", "The highest rate that is tried. Default: none.");

    private readonly Option<TimeSpan> _settle = DurationOption("--settle", "How long each level fires before it is measured.", Defaults.Settle, TimeSpan.FromMilliseconds(100), CapacityOptions.LongestWindow);

    private readonly Option<TimeSpan> _window = DurationOption(
        "--window", "How long each level is measured; longer where its operations would be too few.", Defaults.Window, TimeSpan.FromSeconds(1), CapacityOptions.LongestWindow);

    private readonly Option<TimeSpan> _confirm = DurationOption(
        "--confirm", "How long the rate that was found is measured once more.", Defaults.Confirm, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _load, _from, _to, _settle, _window, _confirm })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads the options.</summary>
    /// <param name="parsed">The parsed command line.</param>
    public CapacityOptions Read(ParseResult parsed) => new()
    {
        Load = parsed.GetValue(_load),
        From = parsed.GetValue(_from),
        To = parsed.GetValue(_to),
        Settle = parsed.GetValue(_settle),
        Window = parsed.GetValue(_window),
        Confirm = parsed.GetValue(_confirm),
    };

    private static Option<Rate?> RateOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "RATE",
        CustomParser = result =>
        {
            if (Rate.TryParse(result.Tokens[0].Value, out var rate))
            {
                return rate;
            }

            result.AddError($"{name} is '{result.Tokens[0].Value}'; allowed is {Rate.Allowed}.");
            return null;
        },
    };

    private static Option<TimeSpan> DurationOption(string name, string description, TimeSpan byDefault, TimeSpan least, TimeSpan most) => new(name)
    {
        Description = $"{description} Default: {Duration.Format(byDefault)}.",
        HelpName = "DURATION",
        DefaultValueFactory = _ => byDefault,
        CustomParser = result =>
        {
            if (Duration.TryParse(result.Tokens[0].Value, out var duration) && duration >= least && duration <= most)
            {
                return duration;
            }

            result.AddError($"{name} is '{result.Tokens[0].Value}'; allowed is a duration from {Duration.Format(least)} to {Duration.Format(most)}.");
            return byDefault;
        },
    };
}
