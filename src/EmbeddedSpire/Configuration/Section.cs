using System.Globalization;

namespace EmbeddedSpire.Configuration;

/// <summary>
/// The keys of one pair of braces. Every key is asked for by those who know it; <see cref="Finish"/> reports the others.
/// Values are converted as HCL does: <c>bind_port = "8080"</c> and <c>bind_port = 8080</c> mean the same.
/// </summary>
internal sealed class Section
{
    private readonly HclObject _object;
    private readonly ConfigurationProblems _problems;
    private readonly HashSet<string> _known = [];
    private readonly List<Section> _children = [];

    public Section(string name, HclObject content, ConfigurationProblems problems)
    {
        Name = name;
        _object = content;
        _problems = problems;
        foreach (var group in content.Items.Where(item => item.Labels.Count == 0).GroupBy(item => item.Key).Where(group => group.Count() > 1))
        {
            _problems.Add(group.ElementAt(1).Position, $"'{group.Key}' is there twice in {name}.");
        }
    }

    /// <summary>Gets what messages call it.</summary>
    public string Name { get; }

    /// <summary>Gets where it begins.</summary>
    public HclPosition Position => _object.Position;

    /// <summary>Tells whether a key is there; it counts as known from then on.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Returns text; null when the key is not there.</summary>
    public string? Text(string key) => Scalar(key)?.Text;

    /// <summary>Returns text that has to be there and not be empty; an empty one is reported and returned.</summary>
    public string RequiredText(string key)
    {
        var text = Text(key) ?? string.Empty;
        if (text.Length == 0)
        {
            _problems.Add(Find(key)?.Position ?? Position, $"{key} must be configured in {Name}.");
        }

        return text;
    }

    /// <summary>Returns text that is one of several; null when the key is not there.</summary>
    public string? OneOf(string key, params string[] allowed)
    {
        var scalar = Scalar(key);
        if (scalar is not null && !allowed.Contains(scalar.Text, StringComparer.OrdinalIgnoreCase))
        {
            _problems.Add(scalar.Position, $"{key} '{scalar.Text}' is not known; allowed are {string.Join(", ", allowed)}.{NearestWord.Hint(scalar.Text, allowed)}");
            return null;
        }

        return scalar?.Text;
    }

    /// <summary>Returns a whole number; null when the key is not there.</summary>
    public int? Integer(string key, int minimum = int.MinValue, int maximum = int.MaxValue)
    {
        var scalar = Scalar(key);
        if (scalar is null)
        {
            return null;
        }

        if (!int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < minimum || number > maximum)
        {
            _problems.Add(scalar.Position, minimum == int.MinValue
                ? $"{key} '{scalar.Text}' is not a whole number."
                : $"{key} '{scalar.Text}' is not a whole number from {minimum} to {maximum}.");
            return null;
        }

        return number;
    }

    /// <summary>Returns a truth value; null when the key is not there.</summary>
    public bool? Truth(string key)
    {
        var scalar = Scalar(key);
        switch (scalar?.Text)
        {
            case null:
                return null;
            case "true" or "1" or "t" or "T" or "TRUE" or "True":
                return true;
            case "false" or "0" or "f" or "F" or "FALSE" or "False":
                return false;
            default:
                _problems.Add(scalar.Position, $"{key} '{scalar.Text}' is neither true nor false.");
                return null;
        }
    }

    /// <summary>Returns a duration in Go's form; null when the key is not there or empty.</summary>
    public TimeSpan? Duration(string key)
    {
        var scalar = Scalar(key);
        if (scalar is null or { Text: "" })
        {
            return null;
        }

        if (!GoDuration.TryParse(scalar.Text, out var duration) || duration < TimeSpan.Zero)
        {
            _problems.Add(scalar.Position, $"{key} '{scalar.Text}' is not a duration. Write a number with a unit, such as '30s', '5m' or '1h30m'.");
            return null;
        }

        return duration;
    }

    /// <summary>Returns a list of texts; empty when the key is not there. A single text counts as a list of one.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        var value = Find(key)?.Value;
        IReadOnlyList<HclValue> values = value switch
        {
            null => [],
            HclList list => list.Values,
            _ => [value],
        };
        foreach (var wrong in values.Where(one => one is not HclScalar))
        {
            _problems.Add(wrong.Position, $"{key} is a list of texts.");
        }

        return [.. values.OfType<HclScalar>().Select(scalar => scalar.Text)];
    }

    /// <summary>Returns a section without labels; null when it is not there.</summary>
    public Section? Child(string key)
    {
        var item = Find(key);
        switch (item?.Value)
        {
            case null:
                return null;
            case HclObject content:
                return Open(key, content);
            // HCL counts [{ … }] and { … } as the same.
            case HclList { Values: [HclObject content] }:
                return Open(key, content);
            default:
                _problems.Add(item.Value.Position, $"{key} is a section: write {key} {{ … }}.");
                return null;
        }
    }

    /// <summary>Returns a section that has to be there; an empty one, reported, when it is not.</summary>
    public Section RequiredChild(string key)
    {
        var child = Child(key);
        if (child is null && !Has(key))
        {
            _problems.Add(Position, $"{key} section must be configured{(Name.Length == 0 ? string.Empty : $" in {Name}")}.");
        }

        return child ?? new Section(key, new HclObject(Position, []), _problems);
    }

    /// <summary>Returns a section that may be left out; an empty one when it is.</summary>
    public Section ChildOrEmpty(string key) => Child(key) ?? new Section(key, new HclObject(Position, []), _problems);

    /// <summary>Returns all sections in it, whatever they are called.</summary>
    public IReadOnlyList<Section> Children() => [.. _object.Items.Select(item => item.Key).Distinct().Select(Child).OfType<Section>()];

    /// <summary>Returns the items with labels, such as plugins, and counts their keys as known.</summary>
    public IEnumerable<(HclItem Item, Section Content)> Labelled()
    {
        foreach (var item in _object.Items)
        {
            _known.Add(item.Key);
            if (item is { Labels.Count: 1, Value: HclObject content })
            {
                yield return (item, Open($"{item.Key} \"{item.Labels[0]}\"", content));
            }
            else
            {
                _problems.Add(item.Position, $"'{item.Key}' in {Name} has the form {item.Key} \"name\" {{ … }}.");
            }
        }
    }

    /// <summary>Reports keys that SPIRE knows and we do not support, if they are there.</summary>
    /// <param name="why">What is missing, as a sentence.</param>
    /// <param name="keys">The keys.</param>
    public void Unsupported(string why, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (Find(key) is { } item)
            {
                _problems.Add(item.Position, $"'{key}' in {Name} is not supported by the embedded SPIRE. {why}");
            }
        }
    }

    /// <summary>Counts keys as known whose values have no effect here.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            _known.Add(key);
        }
    }

    /// <summary>Counts all keys as known, because nobody will use them.</summary>
    public void IgnoreAll() => _known.UnionWith(_object.Items.Select(item => item.Key));

    /// <summary>Reports a problem with the value of a key.</summary>
    public void Report(string key, string problem) => _problems.Add(Find(key)?.Value.Position ?? Position, problem);

    /// <summary>Reports keys that nobody has asked for, here and in all sections below.</summary>
    public void Finish()
    {
        foreach (var item in _object.Items.Where(item => !_known.Contains(item.Key)))
        {
            _problems.Add(item.Position, $"unknown configuration detected: '{item.Key}'{(Name.Length == 0 ? string.Empty : $" in {Name}")} is not known.{NearestWord.Hint(item.Key, _known)}");
        }

        foreach (var child in _children)
        {
            child.Finish();
        }
    }

    private Section Open(string name, HclObject content)
    {
        var child = new Section(name, content, _problems);
        _children.Add(child);
        return child;
    }

    private HclItem? Find(string key)
    {
        _known.Add(key);
        return _object.Items.FirstOrDefault(item => item.Key == key && item.Labels.Count == 0);
    }

    private HclScalar? Scalar(string key)
    {
        var value = Find(key)?.Value;
        if (value is not null and not HclScalar)
        {
            _problems.Add(value.Position, $"{key} is a single value.");
        }

        return value as HclScalar;
    }
}
