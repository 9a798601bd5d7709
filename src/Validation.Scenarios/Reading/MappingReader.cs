using Validation.Core;
using Validation.Core.Scenarios;
using Validation.Scenarios.Yaml;

namespace Validation.Scenarios.Reading;

/// <summary>
/// Reads the keys of one mapping. Every key that is asked for counts as known; what nobody asked for is reported by
/// <see cref="RejectOthers"/>, so that the list of known keys can never differ from the code that reads them.
/// </summary>
/// <remarks>Whatever is wrong is added to the log and read as null; the caller goes on, to find the next mistake.</remarks>
internal sealed class MappingReader
{
    private readonly Dictionary<string, YamlEntry> _entries = [];
    private readonly List<string> _known = [];
    private readonly string _subject;
    private readonly DiagnosticLog _log;

    private MappingReader(YamlMapping mapping, string subject, DiagnosticLog log)
    {
        Position = mapping.Position;
        _subject = subject;
        _log = log;
        foreach (var entry in mapping.Entries)
        {
            if (!_entries.TryAdd(entry.Key.Text, entry))
            {
                log.Add(entry.Key.Position, $"key '{entry.Key.Text}' stands twice in {subject}; the first is in line {_entries[entry.Key.Text].Key.Position.Line}.");
            }
        }
    }

    /// <summary>Gets where the mapping begins.</summary>
    public SourcePosition Position { get; }

    /// <summary>Gets the entries, each key once.</summary>
    public IEnumerable<YamlEntry> Entries => _entries.Values;

    /// <summary>Begins to read a mapping.</summary>
    /// <param name="value">What should be a mapping.</param>
    /// <param name="subject">What it describes, as words for messages: <c>phase 'baseline'</c>.</param>
    /// <param name="log">Takes what is wrong.</param>
    /// <returns>Null when it is not a mapping.</returns>
    public static MappingReader? Of(YamlValue value, string subject, DiagnosticLog log)
    {
        if (value is YamlMapping mapping)
        {
            return new MappingReader(mapping, subject, log);
        }

        log.Add(value.Position, $"{subject} must be a mapping of keys and values, not {value.What}.");
        return null;
    }

    /// <summary>Returns the value of a key, or null when the key is not there or has no value.</summary>
    /// <param name="key">The key.</param>
    public YamlValue? Find(string key)
    {
        _known.Add(key);
        if (!_entries.TryGetValue(key, out var entry))
        {
            return null;
        }

        if (entry.Value is YamlText { IsNothing: true })
        {
            _log.Add(entry.Key.Position, $"'{key}' has no value.");
            return null;
        }

        return entry.Value;
    }

    /// <summary>Returns the value of a key that must be there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="example">What could be written, for the message.</param>
    public YamlValue? Demand(string key, string example)
    {
        if (!_entries.ContainsKey(key))
        {
            _log.Add(Position, $"{_subject} has no '{key}'. Write for example '{example}'.");
        }

        return Find(key);
    }

    /// <summary>Reads a key that may be missing.</summary>
    /// <typeparam name="T">What its text means.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="format">How the text is read.</param>
    public T? Read<T>(string key, ValueFormat<T> format) => Find(key) is { } value ? Convert(value, key, format) : default;

    /// <summary>Reads a key that must be there.</summary>
    /// <typeparam name="T">What its text means.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="format">How the text is read.</param>
    /// <param name="example">What could be written, for the message.</param>
    public T? Demand<T>(string key, ValueFormat<T> format, string example) =>
        Demand(key, example) is { } value ? Convert(value, key, format) : default;

    /// <summary>Returns the items of a list, or nothing when the key is missing or holds no list.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<YamlValue> ReadItems(string key) => Find(key) is { } value ? Items(key, value) : [];

    /// <summary>Returns the items of a list that must be there and hold something.</summary>
    /// <param name="key">The key.</param>
    /// <param name="example">What could be written, for the message.</param>
    public IReadOnlyList<YamlValue> DemandItems(string key, string example) => Demand(key, example) is { } value ? Items(key, value) : [];

    /// <summary>Reads a list of single values in which none stands twice.</summary>
    /// <typeparam name="T">What their text means.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="what">What one value is called.</param>
    /// <param name="format">How the text is read.</param>
    /// <returns>Null when the key is missing.</returns>
    public IReadOnlyList<T>? ReadList<T>(string key, string what, ValueFormat<T> format)
        where T : class
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        var read = new List<T>();
        foreach (var item in Items(key, value))
        {
            if (Convert(item, what, format) is not { } one)
            {
                continue;
            }

            if (read.Contains(one))
            {
                _log.Add(item.Position, $"{what} '{one}' stands twice in '{key}'.");
            }

            read.Add(one);
        }

        return read;
    }

    /// <summary>Reads the text of a value.</summary>
    /// <typeparam name="T">What the text means.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="name">What the value is called, for messages.</param>
    /// <param name="format">How the text is read.</param>
    public T? Convert<T>(YamlValue value, string name, ValueFormat<T> format)
    {
        if (value is not YamlText text || text.IsNothing)
        {
            _log.Add(value.Position, $"'{name}' must be a single value, not {value.What}.");
            return default;
        }

        var read = format.Read(text.Text);
        if (read is null)
        {
            _log.Add(text.Position, format.Problem(name, text.Text));
        }

        return read;
    }

    /// <summary>Returns whether a key is there, with a value or without.</summary>
    /// <param name="key">The key.</param>
    public bool Has(string key) => _entries.ContainsKey(key);

    /// <summary>Adds a mistake in this mapping.</summary>
    /// <param name="key">The key whose value is wrong; the mapping's own place when the key is not there.</param>
    /// <param name="message">What is wrong.</param>
    public void Complain(string key, string message) =>
        _log.Add(_entries.TryGetValue(key, out var entry) ? entry.Value.Position : Position, message);

    /// <summary>Reports every key that nobody asked for.</summary>
    /// <param name="alsoKnown">Words that could have been meant besides the keys that were asked for.</param>
    public void RejectOthers(params IEnumerable<string> alsoKnown)
    {
        var known = _known.Concat(alsoKnown).Distinct().ToArray();
        foreach (var entry in _entries.Values.Where(entry => !_known.Contains(entry.Key.Text)))
        {
            var suggestion = NearestWord.Suggestion(entry.Key.Text, known);
            _log.Add(entry.Key.Position, $"key '{entry.Key.Text}' is not known in {_subject}.{suggestion} Allowed is {Formats.Listed(known)}.");
        }
    }

    private IReadOnlyList<YamlValue> Items(string key, YamlValue value)
    {
        if (value is YamlList { Items.Count: > 0 } list)
        {
            return list.Items;
        }

        _log.Add(value.Position, value is YamlList
            ? $"'{key}' is empty. Leave it out or give at least one item."
            : $"'{key}' must be a list, not {value.What}.");
        return [];
    }
}
