using Validation.Core;
using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;
using Validation.Scenarios.Yaml;

namespace Validation.Scenarios.Sections;

/// <summary>Reads the limit of an objective: a value, or a time of the stack's configuration and what is added to it.</summary>
internal sealed class LimitSection
{
    private static readonly Dictionary<string, Bound> Bounds = Bound.All.ToDictionary(bound => bound.Name);

    private readonly StackSpec _stack;
    private readonly DiagnosticLog _log;

    /// <summary>Creates the reader.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="log">Takes what is wrong.</param>
    public LimitSection(StackSpec stack, DiagnosticLog log) => (_stack, _log) = (stack, log);

    /// <summary>Reads a limit.</summary>
    /// <param name="value">What stands beside the measure.</param>
    /// <param name="measure">The measure.</param>
    /// <param name="objective">The objective.</param>
    /// <returns>The limit, null when it could not be read, and where it comes from, null when it stands there itself.</returns>
    public (double? Limit, string? Source) Read(YamlValue value, Measure measure, MappingReader objective)
    {
        if (value is not YamlMapping || measure.Kind is MeasureKind.Availability or MeasureKind.Balance || MappingReader.Of(value, "the limit", _log) is not { } sum)
        {
            return (objective.Convert(value, "limit", MeasureKeys.LimitOf(measure)), null);
        }

        var bound = sum.Demand("bound", Formats.Word(Bounds), "bound: agent-retry-cap");
        var plus = sum.Read("plus", Formats.Length()) ?? TimeSpan.Zero;
        sum.RejectOthers();
        if (bound is null)
        {
            return (null, null);
        }

        var time = bound.Of(_stack);
        var source = $"{bound.Name} {Duration.Format(time)}{(plus > TimeSpan.Zero ? $" + {Duration.Format(plus)}" : string.Empty)}";
        return ((time + plus).TotalSeconds, source);
    }
}
