namespace Validation.Core.Scenarios;

/// <summary>The values that a scenario gave to the parameters of one fault or load.</summary>
public sealed class ParameterValues
{
    private readonly IReadOnlyDictionary<string, object> _given;

    /// <summary>Creates the values.</summary>
    /// <param name="given">What the scenario gave, by parameter name; each value came from that parameter's own reader.</param>
    public ParameterValues(IReadOnlyDictionary<string, object> given) => _given = given;

    /// <summary>Gets values for which a scenario gave nothing.</summary>
    public static ParameterValues None { get; } = new(new Dictionary<string, object>());

    /// <summary>Returns the value of a parameter: what the scenario gave, else the default.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="parameter">The parameter.</param>
    /// <exception cref="InvalidOperationException">The parameter is required and was not given; the parser does not let that pass.</exception>
    public T Get<T>(Parameter<T> parameter)
        where T : notnull =>
        _given.TryGetValue(parameter.Name, out var value) ? (T)value : parameter.Default;

    /// <summary>Returns the same values, with one of the nodes that a selector means in its place.</summary>
    /// <param name="selector">The selector's name; the scenario gave it.</param>
    /// <param name="turn">Which of them.</param>
    public ParameterValues WithTurn(string selector, SelectorTurn turn) =>
        new(new Dictionary<string, object>(_given) { [selector] = (Selector)_given[selector] with { Turn = turn } });

    /// <summary>Returns the values of parameters as text, defaults included.</summary>
    /// <param name="parameters">The parameters.</param>
    public IReadOnlyDictionary<string, string> ToText(IEnumerable<Parameter> parameters) =>
        new SortedDictionary<string, string>(
            parameters.ToDictionary(
                parameter => parameter.Name,
                parameter => _given.TryGetValue(parameter.Name, out var value) ? parameter.Write(value) : parameter.DefaultText ?? string.Empty),
            StringComparer.Ordinal);

    /// <summary>Returns whether the scenario itself gave the parameter.</summary>
    /// <param name="parameter">The parameter.</param>
    public bool Has(Parameter parameter) => _given.ContainsKey(parameter.Name);
}
