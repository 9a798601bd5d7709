using Validation.Core;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Html;

/// <summary>What was broken: whom it hit, when, and how that was proven.</summary>
internal static class FaultsSection
{
    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The run.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        page.Add($"""<section id="faults"><h2>Faults</h2>""").Add($"\n");
        var stories = FaultStory.Of(run.Recording);
        if (stories.Count == 0)
        {
            page.Add($"""<p class="explain">The scenario has none: this run shows the stack undisturbed.</p>""");
        }

        foreach (var story in stories)
        {
            WriteStory(page, story);
        }

        page.Add($"</section>\n");
    }

    private static void WriteStory(HtmlText page, FaultStory story)
    {
        page.Add($"""<article class="fault"><h3>{story.Plan.Name} <span>{story.Label}</span></h3>""");
        if (story.NotProven is { } problem)
        {
            page.Add($"""<p class="problem">{problem}</p>""");
        }

        page.Add($"""<dl class="proofs">""");
        foreach (var (selector, nodes) in story.Targets)
        {
            Row(page, selector, nodes);
        }

        var began = story.Injecting is { } moment ? $"injected from {Wording.Moment(moment)}" : "never injected: the run ended before";
        Row(page, "planned", $"{Duration.Format(story.Plan.At)} into phase {story.Plan.Phase}, {began}");
        Proof(page, "in force", story.Injected, story.InjectedProof);
        Proof(page, "held until", story.Healing, story.HeldProof);
        Proof(page, "healed", story.Healed, story.HealedProof);
        Row(page, "lasted", story.Length is { } length ? Duration.Format(length) : null);
        Row(page, "parameters", string.Join(", ", story.Plan.Parameters.Select(parameter => $"{parameter.Key} {parameter.Value}")));
        page.Add($"</dl></article>\n");
    }

    private static void Proof(HtmlText page, string stage, TimeSpan? at, string? seen)
    {
        var moment = at is null ? "never" : Wording.Moment(at.Value);
        page.Add($"""<div><dt>{stage}</dt><dd><span class="window">{moment}</span> {seen ?? "not proven"}</dd></div>""");
    }

    private static void Row(HtmlText page, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            page.Add($"<div><dt>{name}</dt><dd>{value}</dd></div>");
        }
    }
}
