using System.Globalization;
using System.Text;

namespace EmbeddedSpire.Configuration;

/// <summary>The kinds of words of HCL 1.</summary>
internal enum HclTokenKind
{
    Word,
    Text,
    Assign,
    Comma,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    End,
}

/// <summary>A word of a file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text, escapes resolved.</param>
/// <param name="Position">Where it begins.</param>
internal readonly record struct HclToken(HclTokenKind Kind, string Text, HclPosition Position);

/// <summary>Cuts a file into words. Comments (<c>#</c>, <c>//</c>, <c>/* */</c>) are left out.</summary>
internal sealed class HclScanner
{
    private readonly string _file;
    private readonly string _text;
    private int _offset;
    private int _line = 1;
    private int _lineStart;

    public HclScanner(string file, string text) => (_file, _text) = (file, text);

    private HclPosition Here => new(_file, _line, _offset - _lineStart + 1);

    private char Current => Peek(0);

    /// <summary>Returns the next word; at the end of the file again and again <see cref="HclTokenKind.End"/>.</summary>
    /// <exception cref="ConfigurationException">What follows is not a word.</exception>
    public HclToken Next()
    {
        SkipBlanksAndComments();
        var position = Here;
        switch (Current)
        {
            case '\0':
                return new(HclTokenKind.End, "end of file", position);
            case '"':
                return new(HclTokenKind.Text, ReadQuoted(position), position);
            case '<' when Peek(1) == '<':
                return new(HclTokenKind.Text, ReadHeredoc(position), position);
        }

        if (PunctuationKind(Current) is { } kind)
        {
            Advance();
            return new(kind, _text[_offset - 1].ToString(), position);
        }

        var word = ReadWord();
        return word.Length > 0
            ? new(HclTokenKind.Word, word, position)
            : throw new ConfigurationException(position, $"'{Current}' is not expected here.");
    }

    private static HclTokenKind? PunctuationKind(char character) => character switch
    {
        '=' => HclTokenKind.Assign,
        ',' => HclTokenKind.Comma,
        '{' => HclTokenKind.OpenBrace,
        '}' => HclTokenKind.CloseBrace,
        '[' => HclTokenKind.OpenBracket,
        ']' => HclTokenKind.CloseBracket,
        _ => null,
    };

    private char Peek(int ahead) => _offset + ahead < _text.Length ? _text[_offset + ahead] : '\0';

    private void Advance(int count = 1)
    {
        for (; count > 0; count--, _offset++)
        {
            if (Current == '\n')
            {
                _line++;
                _lineStart = _offset + 1;
            }
        }
    }

    private void SkipBlanksAndComments()
    {
        while (true)
        {
            if (Current != '\0' && (char.IsWhiteSpace(Current) || Current == '\uFEFF'))
            {
                Advance();
            }
            else if (Current == '#' || (Current == '/' && Peek(1) == '/'))
            {
                var end = _text.IndexOf('\n', _offset);
                Advance((end < 0 ? _text.Length : end) - _offset);
            }
            else if (Current == '/' && Peek(1) == '*')
            {
                var end = _text.IndexOf("*/", _offset + 2, StringComparison.Ordinal);
                Advance(end >= 0 ? end + 2 - _offset : throw new ConfigurationException(Here, "the comment has no end."));
            }
            else
            {
                return;
            }
        }
    }

    private string ReadWord()
    {
        var start = _offset;
        while (char.IsLetterOrDigit(Current) || Current is '_' or '-' or '.' or '+')
        {
            Advance();
        }

        return _text[start.._offset];
    }

    private string ReadQuoted(HclPosition start)
    {
        var text = new StringBuilder();
        var braces = 0;
        Advance();
        while (Current != '"' || braces > 0)
        {
            if (Current == '\0' || (Current == '\n' && braces == 0))
            {
                throw new ConfigurationException(start, "the text has no closing quote on its line.");
            }

            // Between ${ and } everything stands for itself, quotes included.
            braces += Current switch
            {
                '$' when Peek(1) == '{' => 1,
                '}' when braces > 0 => -1,
                _ => 0,
            };
            if (Current == '\\' && braces == 0)
            {
                text.Append(ReadEscape());
            }
            else
            {
                text.Append(Current);
                Advance();
            }
        }

        Advance();
        return text.ToString();
    }

    private string ReadEscape()
    {
        var position = Here;
        var (escape, length) = (Peek(1), 2);
        var digits = escape switch { 'u' => 4, 'U' => 8, 'x' => 2, _ => 0 };
        var result = escape switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            '"' => "\"",
            '\\' => "\\",
            _ => digits > 0 && TryReadCodePoint(digits, out var codePoint) ? codePoint : null,
        };
        length += digits;
        Advance(result is not null ? length : throw new ConfigurationException(position, $"the escape '\\{escape}' is not known."));
        return result;
    }

    private bool TryReadCodePoint(int digits, out string? text)
    {
        text = null;
        if (_offset + 2 + digits > _text.Length
            || !int.TryParse(_text.AsSpan(_offset + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var codePoint)
            || !Rune.IsValid(codePoint))
        {
            return false;
        }

        text = new Rune(codePoint).ToString();
        return true;
    }

    /// <summary>Reads the lines up to the one that holds the mark; with <c>&lt;&lt;-</c> their common indent goes.</summary>
    private string ReadHeredoc(HclPosition start)
    {
        Advance(2);
        var isIndented = Current == '-';
        Advance(isIndented ? 1 : 0);
        var mark = ReadWord();
        var firstLine = _text.IndexOf('\n', _offset) + 1;
        if (mark.Length == 0 || firstLine == 0)
        {
            throw new ConfigurationException(start, "after '<<' a mark is expected, and text on the lines below it.");
        }

        var lines = new List<string>();
        Advance(firstLine - _offset);
        while (Current != '\0')
        {
            var end = _text.IndexOf('\n', _offset);
            var line = _text[_offset..(end < 0 ? _text.Length : end)];
            if (line.Trim() == mark)
            {
                Advance(line.Length);
                return string.Concat(Unindent(lines, isIndented).Select(text => text + "\n"));
            }

            lines.Add(line.TrimEnd('\r'));
            Advance(end < 0 ? line.Length : line.Length + 1);
        }

        throw new ConfigurationException(start, $"the text that began with '<<{mark}' has no line '{mark}' that ends it.");
    }

    private static IEnumerable<string> Unindent(List<string> lines, bool isIndented)
    {
        var indent = isIndented
            ? lines.Where(line => line.Length > 0).Select(line => line.Length - line.TrimStart().Length).DefaultIfEmpty(0).Min()
            : 0;
        return lines.Select(line => line.Length >= indent ? line[indent..] : line);
    }
}
