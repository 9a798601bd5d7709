namespace Validation.Core.Scenarios;

/// <summary>One setting of a fault or a driver: its name, its meaning, what is allowed.</summary>
/// <remarks>The scenario parser, the README and <c>list</c> all read the same description.</remarks>
public abstract class Parameter
{
    private protected Parameter(string name, string summary) => (Name, Summary) = (name, summary);

    /// <summary>Gets the name as it is written in scenarios.</summary>
    public string Name { get; }

    /// <summary>Gets what it means, in one sentence.</summary>
    public string Summary { get; }

    /// <summary>Gets what is allowed, as words that follow "allowed is".</summary>
    public abstract string Allowed { get; }

    /// <summary>Gets whether a scenario must give it.</summary>
    public abstract bool IsRequired { get; }

    /// <summary>Gets the default as text; null when there is none.</summary>
    public abstract string? DefaultText { get; }

    /// <summary>Reads a value.</summary>
    /// <param name="text">The text from the scenario.</param>
    /// <returns>The value, or null when the text is not allowed.</returns>
    public abstract object? Read(string text);

    /// <summary>Writes a value the way <see cref="Read"/> reads it.</summary>
    /// <param name="value">A value of this parameter.</param>
    public abstract string Write(object value);
}

/// <summary>A setting with values of one type.</summary>
/// <typeparam name="T">The type of its values.</typeparam>
public sealed class Parameter<T> : Parameter
    where T : notnull
{
    private readonly Func<string, (bool Ok, T Value)> _read;
    private readonly bool _hasDefault;
    private readonly T? _default;
    private readonly Func<T, string> _format;

    internal Parameter(
        string name, string summary, string allowed, Func<string, (bool Ok, T Value)> read, Func<T, string> format, bool hasDefault, T? defaultValue)
        : base(name, summary)
    {
        Allowed = allowed;
        _read = read;
        _format = format;
        _hasDefault = hasDefault;
        _default = defaultValue;
    }

    /// <inheritdoc/>
    public override string Allowed { get; }

    /// <inheritdoc/>
    public override bool IsRequired => !_hasDefault;

    /// <inheritdoc/>
    public override string? DefaultText => _hasDefault ? _format(_default!) : null;

    /// <summary>Gets the value that a scenario gets when it does not say.</summary>
    /// <exception cref="InvalidOperationException">The parameter is required.</exception>
    public T Default => _hasDefault ? _default! : throw new InvalidOperationException($"'{Name}' is required.");

    /// <inheritdoc/>
    public override object? Read(string text)
    {
        var (ok, value) = _read(text);
        return ok ? value : null;
    }

    /// <inheritdoc/>
    public override string Write(object value) => _format((T)value);
}
