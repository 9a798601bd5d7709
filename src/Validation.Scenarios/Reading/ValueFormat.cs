namespace Validation.Scenarios.Reading;

/// <summary>How the text of one value is read, and what to say when it cannot be.</summary>
/// <typeparam name="T">What the text means; nullable, because null stands for text that is not allowed.</typeparam>
/// <param name="Allowed">What is allowed, as words that follow "allowed is".</param>
/// <param name="Read">Reads the text; null when it is not allowed.</param>
internal sealed record ValueFormat<T>(string Allowed, Func<string, T?> Read)
{
    /// <summary>Gets what says more about a text than that it is not allowed; returns null when there is no more to say.</summary>
    /// <value>Takes the text; returns words that follow the name and the value, with the full stop.</value>
    public Func<string, string?> Explain { get; init; } = _ => null;

    /// <summary>Returns what is wrong with a text that could not be read.</summary>
    /// <param name="name">What the value is called.</param>
    /// <param name="text">The text.</param>
    public string Problem(string name, string text) =>
        $"{name} '{text}' {Explain(text) ?? $"is not allowed. Allowed is {Allowed}."}";
}
