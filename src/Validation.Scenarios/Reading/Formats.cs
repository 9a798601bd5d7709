using System.Globalization;
using System.Text.RegularExpressions;
using Validation.Core;

namespace Validation.Scenarios.Reading;

/// <summary>The formats of the values in a scenario.</summary>
internal static partial class Formats
{
    // Sums of what a scenario says must stay times that a clock can show.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Gets the format of any text that says something.</summary>
    public static ValueFormat<string> Text { get; } =
        new("a text that is not empty", text => string.IsNullOrWhiteSpace(text) ? null : text.Trim());

    /// <summary>Gets the format of names that become parts of other names, of folders and of addresses in reports.</summary>
    public static ValueFormat<string> Name { get; } =
        new("lower-case letters, digits and dashes, with a letter or digit first", text => NamePattern().IsMatch(text) ? text : null);

    /// <summary>Gets the format of a row of the promise ledger.</summary>
    public static ValueFormat<string> Promise { get; } =
        new("the letter P and a number, such as P9", text => PromisePattern().IsMatch(text) ? text : null);

    /// <summary>Gets the format of a seed.</summary>
    public static ValueFormat<int?> Seed { get; } = new(
        $"a whole number from {int.MinValue} to {int.MaxValue}",
        text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null);

    /// <summary>Gets the format of a rate.</summary>
    public static ValueFormat<Rate?> Rate { get; } =
        new(Core.Rate.Allowed + ", and more than zero", text => Core.Rate.TryParse(text, out var rate) ? rate : null)
        {
            Explain = text => IsNumber(text, out _) ? $"has no unit. Write '{text}/s'." : null,
        };

    /// <summary>Gets the format of a share as a percentage.</summary>
    public static ValueFormat<double?> Share { get; } = new(
        "a percentage of more than 0% and at most 100%, such as 99.9%",
        text => Percentage.TryParse(text, out var share) && share is > 0 and <= 1 ? share : null)
    {
        Explain = text => IsNumber(text, out var number)
            ? $"has no unit. Write '{Percentage.Format((double)(number <= 1 ? number : number / 100))}'."
            : null,
    };

    /// <summary>Gets the format of a multiple of an average.</summary>
    public static ValueFormat<double?> Multiple { get; } =
        new("a number of 1 or more, such as 1.3", text => IsNumber(text, out var number) && number >= 1 ? (double)number : null);

    /// <summary>Gets the format of what is so or is not.</summary>
    public static ValueFormat<bool?> Flag { get; } = new("true or false", text => text switch
    {
        "true" => true,
        "false" => false,
        _ => null,
    });

    /// <summary>Makes the format of a whole number.</summary>
    /// <param name="minimum">The smallest that is allowed.</param>
    /// <param name="maximum">The largest that is allowed.</param>
    public static ValueFormat<int?> Count(int minimum, int maximum) => new(
        minimum == maximum ? $"exactly {minimum}" : $"a whole number from {minimum} to {maximum}",
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum ? value : null);

    /// <summary>Makes the format of a duration.</summary>
    /// <param name="minimum">The shortest that is allowed; null for any that is longer than zero.</param>
    /// <param name="maximum">The longest that is allowed; null for a week.</param>
    /// <param name="usualUnit">The unit that a bare number probably means.</param>
    public static ValueFormat<TimeSpan?> Length(TimeSpan? minimum = null, TimeSpan? maximum = null, string usualUnit = "s") => new(
        Duration.Allowed + (minimum, maximum) switch
        {
            (null, null) => ", and more than zero",
            ({ Ticks: 0 }, null) => string.Empty,
            ({ } shortest, null) => $", at least {Duration.Format(shortest)}",
            (null, { } longest) => $", more than zero and at most {Duration.Format(longest)}",
            ({ } shortest, { } longest) => $", from {Duration.Format(shortest)} to {Duration.Format(longest)}",
        },
        text => Duration.TryParse(text, out var value) && value >= (minimum ?? TimeSpan.FromTicks(1)) && value <= (maximum ?? Longest) ? value : null)
    {
        Explain = text => MissingUnit(text, usualUnit)
            ?? (maximum is null && Duration.TryParse(text, out var value) && value > Longest ? $"is longer than {Duration.Format(Longest)}." : null),
    };

    /// <summary>Makes the format of one of several words.</summary>
    /// <typeparam name="T">What the words mean.</typeparam>
    /// <param name="words">The words with their meaning.</param>
    public static ValueFormat<T?> Word<T>(IReadOnlyDictionary<string, T> words)
        where T : class =>
        new(Listed(words.Keys), words.GetValueOrDefault) { Explain = text => NotKnown(text, [.. words.Keys]) };

    /// <summary>Makes the format of one of several words that stand for plain values.</summary>
    /// <typeparam name="T">What the words mean.</typeparam>
    /// <param name="words">The words with their meaning.</param>
    public static ValueFormat<T?> Choice<T>(IReadOnlyDictionary<string, T> words)
        where T : struct =>
        new(Listed(words.Keys), text => words.TryGetValue(text, out var value) ? value : null) { Explain = text => NotKnown(text, [.. words.Keys]) };

    /// <summary>Makes the format of one of several words that stand for themselves.</summary>
    /// <param name="words">The words.</param>
    public static ValueFormat<string> OneOf(IReadOnlyCollection<string> words) =>
        new(Listed(words), text => words.Contains(text) ? text : null) { Explain = text => NotKnown(text, words) };

    /// <summary>Returns what to say when a duration was written as a bare number; null when it was not.</summary>
    /// <param name="text">The text.</param>
    /// <param name="usualUnit">The unit that was probably meant.</param>
    public static string? MissingUnit(string text, string usualUnit) =>
        IsNumber(text, out _) ? $"has no unit. Write '{text}{usualUnit}'." : null;

    /// <summary>Returns what to say about a word that is not one of those that are known.</summary>
    /// <param name="text">The word.</param>
    /// <param name="known">The words that are known.</param>
    public static string NotKnown(string text, IReadOnlyCollection<string> known) =>
        $"is not known.{NearestWord.Suggestion(text, known)} Allowed is {Listed(known)}.";

    /// <summary>Returns words as a list for a sentence.</summary>
    /// <param name="words">The words.</param>
    public static string Listed(IEnumerable<string> words) => string.Join(", ", words) is { Length: > 0 } list ? list : "nothing: none are there";

    private static bool IsNumber(string text, out decimal number) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^P[1-9][0-9]{0,3}$")]
    private static partial Regex PromisePattern();
}
