using Validation.Core;
using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;

namespace Validation.Scenarios.Sections;

/// <summary>Reads the parameters that a kind of fault or a driver has of its own.</summary>
internal static class ParameterSection
{
    /// <summary>Reads the values that the scenario gives.</summary>
    /// <param name="mapping">The fault or the load.</param>
    /// <param name="parameters">The parameters of its kind.</param>
    /// <param name="nodes">The names and roles of the stack's nodes.</param>
    public static ParameterValues Read(
        MappingReader mapping, IReadOnlyList<Parameter> parameters, IReadOnlyCollection<(string Name, string Role)> nodes)
    {
        var given = new Dictionary<string, object>();
        foreach (var parameter in parameters)
        {
            var format = new ValueFormat<object>(parameter.Allowed, parameter.Read) { Explain = text => Explain(parameter, text) };
            var example = $"{parameter.Name}: {Example(parameter)}";
            var value = parameter.IsRequired ? mapping.Demand(parameter.Name, format, example) : mapping.Read(parameter.Name, format);
            if (value is not null)
            {
                given[parameter.Name] = value;
            }

            // A default can point to a role that this stack does not have, just as a given selector can.
            var selector = value as Selector ?? (parameter is Parameter<Selector> { IsRequired: false } target ? target.Default : null);
            if (selector?.ProblemIn(nodes) is { } problem)
            {
                mapping.Complain(parameter.Name, $"{parameter.Name} '{selector}' hits nobody: {problem}");
            }
        }

        return new ParameterValues(given);
    }

    private static string? Explain(Parameter parameter, string text) => parameter switch
    {
        Parameter<TimeSpan> => Formats.MissingUnit(text, "s"),
        Parameter<Selector> when text.Split('/') is [_, var choice] && NearestWord.To(choice, Selector.ChoiceWords) is { } word =>
            $"is not allowed. Did you mean '{text.Split('/')[0]}/{word}'? Allowed is {parameter.Allowed}.",
        _ when parameter.Allowed.Split(", ") is { Length: > 1 } words && NearestWord.To(text, words) is { } word =>
            $"is not known. Did you mean '{word}'? Allowed is {parameter.Allowed}.",
        _ => null,
    };

    private static string Example(Parameter parameter) => parameter switch
    {
        Parameter<TimeSpan> => "10s",
        Parameter<Selector> => "spire-server/any",
        _ => parameter.Allowed,
    };
}
