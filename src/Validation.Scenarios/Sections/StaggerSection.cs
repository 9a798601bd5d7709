using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;

namespace Validation.Scenarios.Sections;

/// <summary>Reads whether a fault hits its targets one after the other: <c>stagger</c>, the time from one to the next.</summary>
internal static class StaggerSection
{
    /// <summary>The parameter whose nodes are hit.</summary>
    public const string Target = "target";

    private const string Key = "stagger";

    /// <summary>Reads it.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="nodes">The names and roles of the stack's nodes.</param>
    /// <param name="last">When it begins for the last time, counted from the start of its phase.</param>
    /// <param name="phaseLength">How long its phase lasts; null when that could not be read.</param>
    /// <returns>The time, and how many targets there are; one target when they are all hit at once.</returns>
    public static (TimeSpan By, int Targets) Read(
        MappingReader fault, FaultKind kind, ParameterValues parameters, IReadOnlyCollection<(string Name, string Role)> nodes, TimeSpan last, TimeSpan? phaseLength)
    {
        if (fault.Read(Key, Formats.Length()) is not { } by)
        {
            return (TimeSpan.Zero, 1);
        }

        // A target that is always a whole role cannot be a node of it.
        if (kind.Parameters.OfType<Parameter<Selector>>().FirstOrDefault(parameter => parameter.Name == Target) is not { } parameter
            || parameter.Read(nodes.First().Name) is null)
        {
            fault.Complain(Key, $"'{kind.Name}' does not hit nodes one by one.");
            return (TimeSpan.Zero, 1);
        }

        if (!parameters.Has(parameter))
        {
            if (!parameter.IsRequired)
            {
                fault.Complain(Key, $"'{Key}' needs 'target', for example 'target: spire-server/all'.");
            }

            return (TimeSpan.Zero, 1);
        }

        var target = parameters.Get(parameter);
        var targets = target.CountIn(nodes);
        if (targets < 2)
        {
            fault.Complain(Key, $"'{target}' is one node; 'stagger' needs several, such as spire-server/all.");
        }
        else if (last + (by * (targets - 1)) is var end && end >= phaseLength)
        {
            fault.Complain(Key, $"the last of {targets} targets is hit at {Duration.Format(end)}, which is not before the end of the phase ({Duration.Format(phaseLength.Value)}).");
        }

        return (by, targets);
    }
}
