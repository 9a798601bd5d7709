using System.Globalization;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Core.Judging;

/// <summary>Judges whether the stack was after its faults what it was before them. Where it was not, the run has left it unclean.</summary>
internal static class WorldJudge
{
    private const int Shown = 5, LongestValue = 200;

    /// <summary>Judges it; nothing when the environment cannot compare, or the run was cut short before it did.</summary>
    /// <param name="recording">The recording.</param>
    public static IEnumerable<Finding> Judge(RunRecording recording) =>
        from compared in recording.Facts<WorldCompared>().Take(1)
        let differences = compared.Fact.Differences
        select new Finding
        {
            Kind = FindingKind.World,
            Name = "left clean",
            Verdict = differences.Count > 0 ? Verdict.Fail : compared.Fact.IsClean ? Verdict.Pass : Verdict.Inconclusive,
            Statement = compared.Fact.IsClean ? $"After the faults everything is as it was before them: {Number(compared.Fact.Things)} things compared."
                : differences.Count == 0 ? $"Not known to be as before the faults, because it could not be read: {string.Join(", ", compared.Fact.Unread.Take(Shown))}{(compared.Fact.Unread.Count > Shown ? " …" : string.Empty)}."
                : $"Left unclean: {string.Join("; ", differences.Take(Shown).Select(Describe))}{(differences.Count > Shown ? $"; and {Number(differences.Count - Shown)} more" : string.Empty)}.",
            Samples = compared.Fact.Things,
            Hint = differences.Count == 0 ? null : "A fault was not taken back, or not by whom it should: see its proof of healing, and the events around it.",
        };

    private static string Describe(WorldDifference difference) => $"{difference.Thing}: '{Short(difference.Before)}' before, '{Short(difference.After)}' now";

    private static string Short(string value) => value.Length <= LongestValue ? value : value[..LongestValue] + " …";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
