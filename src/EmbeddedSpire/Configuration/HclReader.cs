namespace EmbeddedSpire.Configuration;

/// <summary>Reads HCL 1, the language of SPIRE's configuration files.</summary>
internal sealed class HclReader
{
    // No configuration is nested deeper; a file that is must not exhaust the stack.
    private const int MaxDepth = 64;

    private readonly HclScanner _scanner;
    private HclToken _token;
    private int _depth;

    private HclReader(string file, string text)
    {
        _scanner = new HclScanner(file, text);
        _token = _scanner.Next();
    }

    /// <summary>Reads a file.</summary>
    /// <param name="file">Its path, for messages.</param>
    /// <param name="text">What it contains.</param>
    /// <exception cref="ConfigurationException">It is not HCL; the message has the place.</exception>
    public static HclObject Read(string file, string text) => new HclReader(file, text).ReadFile();

    private HclObject ReadFile()
    {
        var position = _token.Position;
        var items = ReadItems(HclTokenKind.End);
        return new HclObject(position, items);
    }

    private List<HclItem> ReadItems(HclTokenKind end)
    {
        var items = new List<HclItem>();
        while (_token.Kind != end)
        {
            items.Add(ReadItem());
            if (_token.Kind == HclTokenKind.Comma)
            {
                Take();
            }
        }

        return items;
    }

    private HclItem ReadItem()
    {
        var key = TakeKey("a key");
        var labels = new List<string>();
        while (_token.Kind is HclTokenKind.Text or HclTokenKind.Word)
        {
            labels.Add(Take().Text);
        }

        if (_token.Kind == HclTokenKind.Assign && labels.Count == 0)
        {
            Take();
            return new HclItem(key.Position, key.Text, labels, ReadValue());
        }

        return _token.Kind == HclTokenKind.OpenBrace
            ? new HclItem(key.Position, key.Text, labels, ReadObject())
            : throw Unexpected($"'=' or '{{' after '{key.Text}'");
    }

    private HclValue ReadValue() => _token.Kind switch
    {
        HclTokenKind.Text => new HclScalar(_token.Position, Take().Text),
        HclTokenKind.Word when IsNumberOrTruth(_token.Text) => new HclScalar(_token.Position, Take().Text),
        HclTokenKind.Word => throw new ConfigurationException(_token.Position, $"'{_token.Text}' is neither a number, true nor false. Write text in quotes."),
        HclTokenKind.OpenBracket => ReadList(),
        HclTokenKind.OpenBrace => ReadObject(),
        _ => throw Unexpected("a value"),
    };

    private static bool IsNumberOrTruth(string word) => word is "true" or "false" || char.IsAsciiDigit(word.TrimStart('-')[..1].FirstOrDefault());

    private HclList ReadList()
    {
        var position = Enter().Position;
        var values = new List<HclValue>();
        while (_token.Kind != HclTokenKind.CloseBracket)
        {
            values.Add(ReadValue());
            if (_token.Kind == HclTokenKind.Comma)
            {
                Take();
            }
            else if (_token.Kind != HclTokenKind.CloseBracket)
            {
                throw Unexpected("',' or ']'");
            }
        }

        Leave();
        return new HclList(position, values);
    }

    private HclObject ReadObject()
    {
        var position = Enter().Position;
        var items = ReadItems(HclTokenKind.CloseBrace);
        Leave();
        return new HclObject(position, items);
    }

    private HclToken Enter() => ++_depth <= MaxDepth
        ? Take()
        : throw new ConfigurationException(_token.Position, $"this is nested deeper than {MaxDepth} levels.");

    private void Leave()
    {
        _depth--;
        Take();
    }

    private HclToken TakeKey(string expected) =>
        _token.Kind is HclTokenKind.Word or HclTokenKind.Text ? Take() : throw Unexpected(expected);

    private HclToken Take()
    {
        var taken = _token;
        _token = _scanner.Next();
        return taken;
    }

    private ConfigurationException Unexpected(string expected) =>
        new(_token.Position, $"'{_token.Text}' is not expected here; expected is {expected}.");
}
