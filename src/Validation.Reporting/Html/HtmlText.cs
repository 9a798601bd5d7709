using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Html;

/// <summary>
/// HTML that is being written. Only the literal parts of an interpolated string become markup; every value in it is
/// escaped, so no text from a stack, a scenario or an error can.
/// </summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds markup with values in it.</summary>
    /// <param name="markup">An interpolated string.</param>
    public HtmlText Add([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _ = markup;
        return this;
    }

    /// <summary>Adds what is HTML already.</summary>
    /// <param name="html">The HTML.</param>
    public HtmlText Add(HtmlText html)
    {
        _text.Append(html._text);
        return this;
    }

    /// <summary>Adds markup of our own that has no values in it, such as the style sheet.</summary>
    /// <param name="markup">The markup; never a text from elsewhere.</param>
    public HtmlText AddLiteral(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>Makes HTML from markup with values in it.</summary>
    /// <param name="write">Writes it.</param>
    public static HtmlText Of(Action<HtmlText> write)
    {
        var html = new HtmlText();
        write(html);
        return html;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>Takes the parts of an interpolated string; called by compiled code alone.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Markup
    {
        private readonly StringBuilder _text;

        public Markup(int literalLength, int formattedCount, HtmlText html)
        {
            _text = html._text;
            _text.EnsureCapacity(_text.Length + literalLength + (formattedCount * 8));
        }

        public void AppendLiteral(string literal) => _text.Append(literal);

        public void AppendFormatted(string? value) => _text.Append(WebUtility.HtmlEncode(Printable(value)));

        public void AppendFormatted(HtmlText? value) => _text.Append(value?._text);

        public void AppendFormatted(int value) => _text.Append(CultureInfo.InvariantCulture, $"{value}");

        // Coordinates: a hundredth of a pixel is finer than any screen.
        public void AppendFormatted(double value) => _text.Append(value.ToString("0.##", CultureInfo.InvariantCulture));

        private static string Printable(string? value) => value is null ? string.Empty : Wording.Printable(value);
    }
}
