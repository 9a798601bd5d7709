using System.Globalization;
using System.Net;
using Validation.Core.Stacks;
using Validation.Environments.Local.Database;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Local.World;

/// <summary>Settings, triggers, passwords and sessions inside of the database, and how many primaries it has.</summary>
internal sealed class DatabaseWorld(DatabaseAccess access)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    /// <summary>What faults change on any server, and how it is read.</summary>
    private static readonly (string Thing, string Query)[] OfServer =
    [
        ("settings", "SELECT coalesce(string_agg(name || '=' || coalesce(setting, ''), ', ' ORDER BY name), 'none') FROM pg_file_settings WHERE sourcefile LIKE '%postgresql.auto.conf'"),
        ("replay", "SELECT CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() ELSE 'not paused' END"),
        ("sessions of faults", $"SELECT count(*)::text FROM pg_stat_activity WHERE usename = '{DatabaseNames.Superuser}' AND datname = '{DatabaseNames.Spire}' AND pid <> pg_backend_pid()"),
    ];

    /// <summary>What replicas have from their primary. What another release of SPIRE adds to its own schema stays, as it is meant to.</summary>
    private static readonly (string Thing, string Query)[] OfPrimary =
    [
        ("triggers", "SELECT coalesce(string_agg(tgname || ' on ' || tgrelid::regclass, ', ' ORDER BY tgname, tgrelid), 'none') FROM pg_trigger WHERE NOT tgisinternal"),
        ("functions", $"SELECT coalesce(string_agg(proname, ', ' ORDER BY proname), 'none') FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND {NotSpires("proowner")}"),
        ("tables", $"SELECT coalesce(string_agg(relname, ', ' ORDER BY relname), 'none') FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public' AND relkind = 'r' AND {NotSpires("relowner")}"),
        ("password, as a digest", $"SELECT md5(rolpassword) FROM pg_authid WHERE rolname = '{DatabaseNames.Spire}'"),
    ];

    /// <summary>Reads them.</summary>
    /// <param name="members">The database's members.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<IEnumerable<KeyValuePair<string, string>>> ReadAsync(IReadOnlyCollection<DatabaseMember> members, CancellationToken cancellationToken)
    {
        var primaries = members.Where(member => member.Role == DatabaseRole.Primary).Select(member => member.Node).ToArray();
        var read = await Task.WhenAll(members.Select(member => ReadAsync(
            member.Node, [.. OfServer.Select(Of(member.Node.Name)), .. member.Node == primaries.FirstOrDefault() ? OfPrimary.Select(Of("the database")) : []], cancellationToken)));
        return read.SelectMany(one => one).Concat(Primaries(members));
    }

    /// <summary>Returns how many primaries there are, unless somebody who did not answer may be one.</summary>
    /// <param name="members">The database's members.</param>
    public static IEnumerable<KeyValuePair<string, string>> Primaries(IReadOnlyCollection<DatabaseMember> members)
    {
        var primaries = members.Count(member => member.Role == DatabaseRole.Primary);
        return primaries < 2 && members.Any(member => member.Role == DatabaseRole.Unknown)
            ? []
            : [new("primaries of the database", primaries.ToString(CultureInfo.InvariantCulture))];
    }

    private static string NotSpires(string owner) => $"{owner} <> (SELECT oid FROM pg_roles WHERE rolname = '{DatabaseNames.Spire}')";

    private static Func<(string Thing, string Query), (string Thing, string Query)> Of(string whose) => one => ($"{one.Thing} of {whose}", one.Query);

    private async Task<List<KeyValuePair<string, string>>> ReadAsync(
        INode server, IEnumerable<(string Thing, string Query)> things, CancellationToken cancellationToken)
    {
        var read = new List<KeyValuePair<string, string>>();
        try
        {
            await using var session = await DatabaseSession.OpenAsync(access, server.Name, new IPEndPoint(server.Address, Ports.Postgres), Lease, cancellationToken);
            foreach (var (thing, query) in things)
            {
                read.Add(new(thing, await session.RunAsync(query, cancellationToken) ?? "none"));
            }
        }
        catch (HarnessException)
        {
            // What did not answer is missing, and is looked for again.
        }

        return read;
    }
}
