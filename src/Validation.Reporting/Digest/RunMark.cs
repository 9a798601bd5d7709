using System.Globalization;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Reporting.Digest;

/// <summary>What a mark on the time axis stands for.</summary>
internal enum RunMarkKind
{
    /// <summary>A node was started again.</summary>
    Restart,

    /// <summary>A database node changed its role.</summary>
    DatabaseRole,
}

/// <summary>A moment in which the stack changed by itself.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What kind of change.</param>
/// <param name="Label">What changed, in a few words.</param>
/// <param name="IsMinor">True when a chart may leave the words out.</param>
internal sealed record RunMark(TimeSpan At, RunMarkKind Kind, string Label, bool IsMinor)
{
    /// <summary>Finds the marks of a run, in the order of time.</summary>
    /// <param name="recording">The recording.</param>
    public static IReadOnlyList<RunMark> Of(RunRecording recording) =>
        [.. Restarts(recording).Concat(RoleChanges(recording)).OrderBy(mark => mark.At)];

    private static IEnumerable<RunMark> Restarts(RunRecording recording)
    {
        var counts = new Dictionary<string, int>();
        foreach (var (at, changed) in recording.Facts<NodeChanged>())
        {
            if (changed.Restarts > counts.GetValueOrDefault(changed.Node))
            {
                yield return new RunMark(at, RunMarkKind.Restart, $"{changed.Node} restarted", IsMinor: false);
            }

            counts[changed.Node] = changed.Restarts;
        }
    }

    private static IEnumerable<RunMark> RoleChanges(RunRecording recording) =>
        recording.Facts<DatabaseRoleChanged>().Select(changed => new RunMark(
            changed.At,
            RunMarkKind.DatabaseRole,
            changed.Fact.TimelineAfter is { } timeline
                ? string.Create(CultureInfo.InvariantCulture, $"{changed.Fact.Node} {Word(changed.Fact.To)}, timeline {timeline}")
                : $"{changed.Fact.Node} {Word(changed.Fact.To)}",
            IsMinor: changed.Fact.To != DatabaseRole.Primary));

    /// <summary>Returns a database role as reports write it.</summary>
    /// <param name="role">The role.</param>
    public static string Word(DatabaseRole role) => role.ToString().ToLowerInvariant();
}
