namespace Validation.Reporting.Html;

/// <summary>The machine and the programs.</summary>
internal static class EnvironmentSection
{
    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The run.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        page.Add($"""<section id="environment"><h2>Environment</h2><dl class="facts-list">""");
        foreach (var (name, value) in run.Recording.Environment.OrderBy(fact => fact.Key, StringComparer.Ordinal))
        {
            page.Fact(name, value);
        }

        page.Add($"</dl></section>\n");
    }
}
