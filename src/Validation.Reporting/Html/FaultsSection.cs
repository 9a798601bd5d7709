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
            page.Fact(selector, nodes);
        }

        var began = story.Injecting is { } moment ? $"injected from {Wording.Moment(moment)}" : "never injected: the run ended before";
        page.Fact("planned", $"{Duration.Format(story.Plan.At)} into phase {story.Plan.Phase}, {began}");
        WriteProof(page, "in force", story.Injected, story.InjectedProof);
        WriteProof(page, "held until", story.Healing, story.HeldProof);
        WriteProof(page, "healed", story.Healed, story.HealedProof);
        if (story.Length is { } length)
        {
            page.Fact("lasted", Duration.Format(length));
        }

        if (story.Plan.Parameters.Count > 0)
        {
            page.Fact("parameters", Wording.Pairs(story.Plan.Parameters));
        }

        page.Add($"</dl></article>\n");
    }

    private static void WriteProof(HtmlText page, string stage, TimeSpan? at, string? seen)
    {
        var moment = at is null ? "never" : Wording.Moment(at.Value);
        page.Add($"""<div><dt>{stage}</dt><dd><span class="window">{moment}</span> {seen ?? "not proven"}</dd></div>""");
    }
}
