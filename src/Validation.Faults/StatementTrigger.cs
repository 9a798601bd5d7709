using System.Globalization;
using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>A trigger before every statement that writes to tables of the application.</summary>
/// <remarks>
/// It acts on sessions that are open already, and whatever they have set. Tables get it and lose it one by one, because
/// all at once could be a deadlock with the application's transactions. The server drops it when its lease is over; should it not get
/// the locks then, or be another primary by that time, the trigger itself knows when to do nothing any more.
/// </remarks>
internal sealed class StatementTrigger
{
    private readonly IStack _stack;
    private readonly string _name;
    private readonly GuardedChange _change;

    private StatementTrigger(IStack stack, string name, IReadOnlyList<string> tables, GuardedChange change) =>
        (_stack, _name, Tables, _change) = (stack, name, tables, change);

    /// <summary>Gets the tables that have it.</summary>
    public IReadOnlyList<string> Tables { get; }

    /// <summary>Creates the trigger on the primary.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="kind">What its name begins with; a number makes it this fault's own, so that two of a kind add up.</param>
    /// <param name="table">The table; null for all tables of the application.</param>
    /// <param name="action">What it does: a statement of PL/pgSQL.</param>
    /// <param name="length">The fault's length.</param>
    /// <param name="cancellationToken">Ends the attempt; no trigger stays.</param>
    /// <exception cref="HarnessException">There is no such table, or the server refused.</exception>
    public static async Task<StatementTrigger> CreateAsync(
        IStack stack, string kind, string? table, string action, TimeSpan length, CancellationToken cancellationToken)
    {
        var primary = await Databases.PrimaryAsync(stack, cancellationToken);
        await using var session = await Databases.OpenAsync(stack, primary, length, cancellationToken);
        var tables = await FindAsync(session, ((IDatabaseControl)stack).ApplicationRole, table, cancellationToken);
        var name = $"{kind}_{await session.RunAsync("SELECT txid_current()", cancellationToken)}";
        var seconds = Databases.Lease(length).TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var until = await session.RunAsync($"SELECT clock_timestamp() + interval '{seconds} s'", cancellationToken);
        var change = await GuardedChange.MakeAsync(
            stack,
            primary,
            [
                $"CREATE OR REPLACE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql AS "
                    + $"$body$ BEGIN IF clock_timestamp() < '{until}' THEN {action}; END IF; RETURN NULL; END $body$",
                .. tables.Select(one => $"CREATE OR REPLACE TRIGGER {name} BEFORE INSERT OR UPDATE OR DELETE ON public.{one} FOR EACH STATEMENT EXECUTE FUNCTION public.{name}()"),
            ],
            [
                // Frees new statements at once and needs no lock on a table; for that, dropping waits until those that sleep already are over.
                $"CREATE OR REPLACE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN RETURN NULL; END $body$",
                .. tables.Select(one => $"DROP TRIGGER IF EXISTS {name} ON public.{one}"),
                $"DROP FUNCTION IF EXISTS public.{name}()",
            ],
            length,
            cancellationToken);
        return new StatementTrigger(stack, name, tables, change);
    }

    /// <summary>Returns a statement that the trigger acts on and that changes nothing.</summary>
    /// <param name="table">The table.</param>
    public static string HarmlessWrite(string table) => $"DELETE FROM public.{table} WHERE false";

    /// <summary>Returns on how many tables the primary has the trigger, ready to act.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">There is no primary, or it did not answer.</exception>
    public async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        var primary = await Databases.PrimaryAsync(_stack, cancellationToken);
        await using var session = await Databases.OpenAsync(_stack, primary, TimeSpan.Zero, cancellationToken);
        var count = await session.RunAsync($"SELECT count(*)::text FROM pg_trigger WHERE tgname = '{_name}' AND tgenabled = 'O'", cancellationToken);
        return int.Parse(count ?? "0", CultureInfo.InvariantCulture);
    }

    /// <summary>Drops the trigger on whichever node is the primary now.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">There is no primary, or it refused; can be tried again.</exception>
    public Task DropAsync(CancellationToken cancellationToken) => _change.TakeBackOnPrimaryAsync(cancellationToken);

    private static async Task<string[]> FindAsync(IDatabaseSession session, string owner, string? table, CancellationToken cancellationToken)
    {
        var found = await session.RunAsync(
            $"SELECT string_agg(tablename, ',' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public' AND tableowner = '{owner}'"
            + (table is null ? string.Empty : $" AND tablename = '{table}'"),
            cancellationToken);
        return string.IsNullOrEmpty(found)
            ? throw new HarnessException(ExitCode.EnvironmentFailed, $"{owner} has no table{(table is null ? string.Empty : $" '{table}'")} in the database.")
            : found.Split(',');
    }
}
