using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>A statement that a database server works on in a session of its own, until it is over by itself or is ended.</summary>
internal sealed class RunningStatement : IAsyncDisposable
{
    private readonly IStack _stack;
    private readonly INode _node;
    private readonly IDatabaseSession _session;
    private readonly string _isIt;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _running;
    private bool _isEnded;

    private RunningStatement(IStack stack, INode node, IDatabaseSession session, string isIt, string statement)
    {
        (_stack, _node, _session, _isIt) = (stack, node, session, isIt);
        _running = session.TryAsync(statement, _ended.Token);
    }

    /// <summary>Begins it.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="node">The database node.</param>
    /// <param name="statement">The statement; it must end by the server's clock.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">The server let nobody in.</exception>
    public static async Task<RunningStatement> BeginAsync(IStack stack, INode node, string statement, TimeSpan limit, CancellationToken cancellationToken)
    {
        var session = await Databases.OpenAsync(stack, node, limit, cancellationToken);
        var isIt = await session.RunAsync(
            "SELECT format('pid = %s AND backend_start = %L', pid, backend_start) FROM pg_stat_activity WHERE pid = pg_backend_pid()", cancellationToken);
        return new RunningStatement(stack, node, session, isIt!, statement);
    }

    /// <summary>Ends it.</summary>
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
            // A server that lets nobody in has been stopped meanwhile, and the statement with it.
        }

        await _ended.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        await _session.DisposeAsync();
        _ended.Dispose();
    }
}
