using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Validation.Scenarios.Yaml;

/// <summary>Builds the tree of values from the parser's events, so that every value knows its place.</summary>
internal sealed class YamlTree
{
    // Scenarios need six levels. The limit keeps a file of a million brackets from ending the process.
    private const int DeepestLevel = 32;

    private readonly string _path;
    private readonly DiagnosticLog _log;
    private readonly Parser _parser;
    private readonly Dictionary<string, YamlValue> _anchors = [];
    private readonly Stack<(SourcePosition Position, string Bracket)> _open = new();

    private YamlTree(string path, string text, DiagnosticLog log)
    {
        _path = path;
        _log = log;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads a file's only document.</summary>
    /// <param name="path">The file, as the user named it.</param>
    /// <param name="text">Its text.</param>
    /// <param name="log">Takes what is wrong.</param>
    /// <returns>The document, or null when the text is not YAML or holds no value.</returns>
    public static YamlValue? Read(string path, string text, DiagnosticLog log)
    {
        var tree = new YamlTree(path, text, log);
        try
        {
            return tree.ReadDocument();
        }
        catch (YamlException error)
        {
            var (position, message) = YamlTrouble.Explain(error, path, text);
            log.Add(position, message);
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet 16 gives up like this when a bracket is still open where the next block begins.
            var (position, bracket) = tree._open.TryPeek(out var innermost) ? innermost : (new SourcePosition(path, 1, 1), "bracket");
            log.Add(position, $"the text is not YAML: the {bracket} that opens here is not closed.");
        }

        return null;
    }

    private YamlValue? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            _log.Add(new SourcePosition(_path, 1, 1), "the file holds no scenario. Begin with 'scenario: a-name'.");
            return null;
        }

        _parser.Consume<DocumentStart>();
        var root = ReadValue();
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
        {
            _log.Add(At(second.Start), "a second document begins here. A file holds one scenario.");
        }

        return root;
    }

    private YamlValue ReadValue()
    {
        if (_parser.Accept<SequenceStart>(out var list))
        {
            return Remember(list.Anchor, ReadList(list));
        }

        if (_parser.Accept<MappingStart>(out var mapping))
        {
            return Remember(mapping.Anchor, ReadMapping(mapping));
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return Resolve(alias);
        }

        var scalar = _parser.Consume<Scalar>();
        return Remember(scalar.Anchor, new YamlText(At(scalar.Start), scalar.Value, scalar.Style != ScalarStyle.Plain));
    }

    private YamlList ReadList(SequenceStart start)
    {
        var items = new List<YamlValue>();
        Enter(start, start.Style == SequenceStyle.Flow ? "'['" : "list");
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadValue());
        }

        _open.Pop();
        return new YamlList(At(start.Start), items);
    }

    private YamlMapping ReadMapping(MappingStart start)
    {
        var entries = new List<YamlEntry>();
        Enter(start, start.Style == MappingStyle.Flow ? "'{'" : "mapping");
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadValue();
            var value = ReadValue();
            if (key is YamlText text)
            {
                entries.Add(new YamlEntry(text, value));
            }
            else
            {
                _log.Add(key.Position, $"a key must be a single word, not {key.What}.");
            }
        }

        _open.Pop();
        return new YamlMapping(At(start.Start), entries);
    }

    // The bracket is noted before the parser moves on: what comes next may already be the broken place.
    private void Enter(ParsingEvent start, string bracket)
    {
        if (_open.Count == DeepestLevel)
        {
            throw new YamlException(start.Start, start.End, $"Values are nested deeper than {DeepestLevel} levels.");
        }

        _open.Push((At(start.Start), bracket));
        _parser.MoveNext();
    }

    private T Remember<T>(AnchorName anchor, T value)
        where T : YamlValue
    {
        if (!anchor.IsEmpty)
        {
            _anchors[anchor.Value] = value;
        }

        return value;
    }

    private YamlValue Resolve(AnchorAlias alias)
    {
        if (_anchors.TryGetValue(alias.Value.Value, out var value))
        {
            return value;
        }

        throw new YamlException(alias.Start, alias.End, $"The alias '*{alias.Value.Value}' has no anchor '&{alias.Value.Value}' before it.");
    }

    private SourcePosition At(Mark mark) => new(_path, (int)mark.Line, (int)mark.Column);
}
