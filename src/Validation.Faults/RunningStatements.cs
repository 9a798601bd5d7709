using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Statements that a database server works off in a session of their own, until they are over by themselves or are ended.</summary>
internal sealed class RunningStatements : IAsyncDisposable
{
    private readonly IStack _stack;
    private readonly INode _node;
    private readonly IDatabaseSession _session;
    private readonly string _isIt;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _running;
    private bool _isEnded;

    private RunningStatements(IStack stack, INode node, IDatabaseSession session, string isIt, IReadOnlyList<string> statements)
    {
        (_stack, _node, _session, _isIt) = (stack, node, session, isIt);
        _running = session.TryAllAsync(statements, _ended.Token);
    }

    /// <summary>Begins them.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="node">The database node.</param>
    /// <param name="statements">The statements; each must end by the server's clock.</param>
    /// <param name="limit">How long one may take.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">The server let nobody in.</exception>
    public static async Task<RunningStatements> BeginAsync(
        IStack stack, INode node, IReadOnlyList<string> statements, TimeSpan limit, CancellationToken cancellationToken)
    {
        var session = await Databases.OpenAsync(stack, node, limit, cancellationToken);
        var isIt = await session.RunAsync(
            "SELECT format('pid = %s AND backend_start = %L', pid, backend_start) FROM pg_stat_activity WHERE pid = pg_backend_pid()", cancellationToken);
        return new RunningStatements(stack, node, session, isIt!, statements);
    }

    /// <summary>Gets a statement for another session of that server: it ends when these are being worked off, and fails when they are not within 2 s.</summary>
    public string UntilBegun =>
        $"""
        DO $begun$ DECLARE ending timestamptz := clock_timestamp() + interval '2 s';
        BEGIN
          WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE {_isIt} AND state = 'active') LOOP
            IF clock_timestamp() > ending THEN
              RAISE EXCEPTION 'the session that is to take this back does not work';
            END IF;
            PERFORM pg_sleep(0.001), pg_stat_clear_snapshot();
          END LOOP;
        END $begun$
        """;

    /// <summary>Ends them.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        try
        {
            // Closing its connection would not end it: the server does not look after its clients while it works.
            await using var session = await Databases.OpenAsync(_stack, _node, TimeSpan.Zero, CancellationToken.None);
            await session.RunAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {_isIt}", CancellationToken.None);
        }
        catch (HarnessException)
        {
            // A server that lets nobody in has been stopped meanwhile, and the statements with it.
        }

        await _ended.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        await _session.DisposeAsync();
        _ended.Dispose();
    }
}
