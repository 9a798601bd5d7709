namespace Validation.Reporting.Html;

/// <summary>Writes tables, which all look alike.</summary>
internal static class HtmlTable
{
    /// <summary>Begins a table; its rows follow, each begun with <c>tr</c>.</summary>
    /// <param name="page">The page.</param>
    /// <param name="kind">What it holds, for the style sheet.</param>
    /// <param name="columns">The names of the columns; a column of numbers has a name that begins with <c>#</c>.</param>
    public static HtmlText BeginTable(this HtmlText page, string kind, params IReadOnlyList<string> columns)
    {
        page.Add($"""<div class="scroll"><table class="{kind}"><thead><tr>""");
        foreach (var column in columns)
        {
            if (column.StartsWith('#'))
            {
                page.Add($"""<th class="number">{column[1..]}</th>""");
            }
            else
            {
                page.Add($"<th>{column}</th>");
            }
        }

        return page.Add($"</tr></thead>\n");
    }

    /// <summary>Ends a table.</summary>
    /// <param name="page">The page.</param>
    public static HtmlText EndTable(this HtmlText page) => page.Add($"</table></div>\n");

    /// <summary>Adds a cell with text.</summary>
    /// <param name="page">The page.</param>
    /// <param name="text">The text; a dash stands for none.</param>
    /// <param name="kind">What it holds, for the style sheet.</param>
    public static HtmlText Cell(this HtmlText page, string? text, string kind = "text") =>
        page.Add($"""<td class="{kind}">{text ?? "–"}</td>""");

    /// <summary>Adds a cell with a number.</summary>
    /// <param name="page">The page.</param>
    /// <param name="text">The number as text; a dash stands for none.</param>
    public static HtmlText NumberCell(this HtmlText page, string? text) => page.Cell(text, "number");

    /// <summary>Adds a cell with a time or an interval of the run.</summary>
    /// <param name="page">The page.</param>
    /// <param name="text">The time.</param>
    public static HtmlText TimeCell(this HtmlText page, string text) => page.Cell(text, "window");

    /// <summary>Adds a row of a list of facts.</summary>
    /// <param name="page">The page.</param>
    /// <param name="name">The fact's name.</param>
    /// <param name="value">The fact.</param>
    public static HtmlText Fact(this HtmlText page, string name, string value) =>
        page.Add($"<div><dt>{name}</dt><dd>{value}</dd></div>\n");
}
