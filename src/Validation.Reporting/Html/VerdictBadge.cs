using Validation.Core;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Html;

/// <summary>A verdict as a coloured word with a sign: colour is never the only thing that tells.</summary>
internal static class VerdictBadge
{
    /// <summary>Returns the badge.</summary>
    /// <param name="verdict">The verdict.</param>
    public static HtmlText Of(Verdict verdict) =>
        HtmlText.Of(html => html.Add($"""<span class="verdict {verdict.Word()}"><span aria-hidden="true">{Wording.Sign(verdict)}</span> {verdict.Word()}</span>"""));
}
