using System.Globalization;

namespace Validation.Core.Scenarios;

/// <summary>Makes parameters of the usual kinds.</summary>
public static class Parameters
{
    /// <summary>Makes a duration that a scenario must give.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it means.</param>
    /// <param name="minimum">The smallest value that is allowed.</param>
    /// <param name="maximum">The largest value that is allowed.</param>
    public static Parameter<TimeSpan> Duration(string name, string summary, TimeSpan minimum, TimeSpan maximum) =>
        MakeDuration(name, summary, minimum, maximum, null);

    /// <summary>Makes a duration with a default.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it means.</param>
    /// <param name="minimum">The smallest value that is allowed.</param>
    /// <param name="maximum">The largest value that is allowed.</param>
    /// <param name="defaultValue">The value when the scenario does not say.</param>
    public static Parameter<TimeSpan> Duration(string name, string summary, TimeSpan minimum, TimeSpan maximum, TimeSpan defaultValue) =>
        MakeDuration(name, summary, minimum, maximum, defaultValue);

    /// <summary>Makes a selector that a scenario must give.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it means.</param>
    public static Parameter<Selector> Target(string name, string summary) =>
        new(name, summary, Selector.Allowed, ReadSelector, selector => selector.Text, false, null);

    /// <summary>Makes a selector with a default.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it means.</param>
    /// <param name="defaultText">The selector when the scenario does not say.</param>
    public static Parameter<Selector> Target(string name, string summary, string defaultText) =>
        new(name, summary, Selector.Allowed, ReadSelector, selector => selector.Text, true, ReadSelector(defaultText).Value);

    /// <summary>Makes a selector that a scenario must give and that means all nodes of a role.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it means.</param>
    public static Parameter<Selector> WholeRole(string name, string summary) =>
        new(name, summary, "a whole role, such as spire-server", ReadWholeRole, selector => selector.Text, false, null);

    /// <summary>Makes a choice among words.</summary>
    /// <typeparam name="T">An enumeration; its members are written in lower case with dashes.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it means.</param>
    /// <param name="defaultValue">The value when the scenario does not say.</param>
    public static Parameter<T> Choice<T>(string name, string summary, T defaultValue)
        where T : struct, Enum
    {
        var words = Enum.GetValues<T>().ToDictionary(WordOf);
        return new(name, summary, string.Join(", ", words.Keys), text => (words.TryGetValue(text, out var value), value), WordOf, true, defaultValue);
    }

    /// <summary>Makes a whole number with a default.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it means.</param>
    /// <param name="minimum">The smallest value that is allowed.</param>
    /// <param name="maximum">The largest value that is allowed.</param>
    /// <param name="defaultValue">The value when the scenario does not say.</param>
    public static Parameter<int> Count(string name, string summary, int minimum, int maximum, int defaultValue) =>
        new(
            name,
            summary,
            $"a whole number from {minimum} to {maximum}",
            text => (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum, value),
            value => value.ToString(CultureInfo.InvariantCulture),
            true,
            defaultValue);

    /// <summary>Makes the name of something in a database, such as a table, with a default.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it means.</param>
    /// <param name="defaultValue">The value when the scenario does not say.</param>
    public static Parameter<string> Identifier(string name, string summary, string defaultValue) =>
        new(
            name,
            summary,
            "small letters, digits and underscores, at most 63",
            text => (text.Length is > 0 and <= 63 && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_'), text),
            value => value,
            true,
            defaultValue);

    /// <summary>Makes a share that a scenario must give.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">Of what.</param>
    /// <param name="minimum">The smallest value that is allowed, from 0 to 1.</param>
    public static Parameter<double> Share(string name, string summary, double minimum) =>
        new(
            name,
            summary,
            $"a percentage from {Percentage.Format(minimum)} to 100%",
            text => (Percentage.TryParse(text, out var value) && value >= minimum && value <= 1, value),
            Percentage.Format,
            false,
            0);

    /// <summary>Makes the speed of a line that a scenario must give.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it means.</param>
    /// <param name="minimum">The smallest value that is allowed.</param>
    /// <param name="maximum">The largest value that is allowed.</param>
    public static Parameter<BitRate> Speed(string name, string summary, BitRate minimum, BitRate maximum) =>
        new(
            name,
            summary,
            $"{BitRate.Allowed}, from {minimum} to {maximum}",
            text => (BitRate.TryParse(text, out var value) && value.BitsPerSecond >= minimum.BitsPerSecond && value.BitsPerSecond <= maximum.BitsPerSecond, value),
            value => value.ToString(),
            false,
            default);

    private static Parameter<TimeSpan> MakeDuration(string name, string summary, TimeSpan minimum, TimeSpan maximum, TimeSpan? defaultValue) =>
        new(
            name,
            summary,
            $"{Core.Duration.Allowed}, from {Core.Duration.Format(minimum)} to {Core.Duration.Format(maximum)}",
            text => (Core.Duration.TryParse(text, out var value) && value >= minimum && value <= maximum, value),
            Core.Duration.Format,
            defaultValue.HasValue,
            defaultValue ?? default);

    private static (bool Ok, Selector Value) ReadSelector(string text) =>
        Selector.TryParse(text, out var selector) ? (true, selector) : (false, null!);

    private static (bool Ok, Selector Value) ReadWholeRole(string text) =>
        Selector.TryParse(text, out var selector) && selector.Choice == SelectorChoice.All ? (true, selector) : (false, null!);

    // BothWays → both-ways
    private static string WordOf<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((letter, index) =>
            char.IsUpper(letter) ? (index > 0 ? "-" : string.Empty) + char.ToLowerInvariant(letter) : letter.ToString()));
}
