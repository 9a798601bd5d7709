using Validation.Core.Stacks;

namespace Validation.Environments.Local.Database;

/// <summary>Makes one picture of the database cluster from what each node's Patroni says.</summary>
internal static class DatabaseMembers
{
    /// <summary>Returns the members in the order of the reports.</summary>
    /// <param name="reports">The reports, asked for at about the same time.</param>
    public static IReadOnlyList<DatabaseMember> Of(IReadOnlyCollection<(INode Node, PatroniReport Report)> reports)
    {
        var written = reports.Where(answer => answer.Report.Role == DatabaseRole.Primary).Max(answer => answer.Report.Position);
        return
        [
            .. reports.Select(answer => new DatabaseMember(
                answer.Node,
                answer.Report.Role,
                answer.Report.State,
                answer.Report.Timeline,
                // The two were asked one after the other, so a replica can seem to be ahead.
                answer.Report.Role == DatabaseRole.Replica && written - answer.Report.Position is { } lag ? Math.Max(0, lag) : null,
                answer.Report.IsSynchronous)),
        ];
    }
}
