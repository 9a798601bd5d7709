using System.Text.Json;

namespace Validation.Environments.Cluster.Helper.Session;

/// <summary>
/// The helper's side of a session: carries out the orders that come in, until the harness ends it or is silent for too
/// long, and then undoes whatever is not undone.
/// </summary>
internal sealed class HelperSession : IDisposable
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _writing = new(1);
    private readonly StreamReader _input;
    private readonly Stream _output;
    private readonly PodFinder _finder;
    private readonly TimeProvider _time;
    private long _lastLine;

    /// <summary>Creates the session.</summary>
    /// <param name="input">Where the harness' lines come from.</param>
    /// <param name="output">Where the answers go.</param>
    /// <param name="finder">Finds processes.</param>
    /// <param name="time">The clock.</param>
    public HelperSession(Stream input, Stream output, PodFinder finder, TimeProvider time) =>
        (_input, _output, _finder, _time) = (new StreamReader(input), output, finder, time);

    /// <summary>Runs the session to its end.</summary>
    /// <param name="cancellationToken">Ends it early; all is undone nevertheless.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _lastLine = _time.GetTimestamp();
        await WriteAsync(new Greeting(HelperProtocol.Version));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(ended);
        var open = new List<Task>();
        await using (var duties = new HelperDuties(_finder, _time))
        {
            while (await ReadAsync(ended.Token) is { } line)
            {
                open.RemoveAll(order => order.IsCompleted);
                open.Add(AnswerAsync(duties, line, ended.Token));
            }

            await ended.CancelAsync();
            await Task.WhenAll(open);
        }

        await watching;
    }

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();

    private async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Reading a console does not end when it is cancelled; the wait for it does.
            var line = await _input.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken);
            Volatile.Write(ref _lastLine, _time.GetTimestamp());
            return line;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task WatchAsync(CancellationTokenSource ended)
    {
        using var timer = new PeriodicTimer(WatchInterval, _time);
        var lastLook = _time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(ended.Token))
            {
                // A session that was stopped itself finds lines waiting for it, but nobody has kept its leases meanwhile.
                var stoodStill = _time.GetElapsedTime(lastLook);
                var silent = _time.GetElapsedTime(Volatile.Read(ref _lastLine));
                lastLook = _time.GetTimestamp();
                if (stoodStill > HelperProtocol.Silence || silent > HelperProtocol.Silence)
                {
                    await ended.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The session is over.
        }
    }

    private async Task AnswerAsync(HelperDuties duties, string text, CancellationToken cancellationToken)
    {
        if (HelperProtocol.TryRead<OrderLine>(text) is not { Order: { } order } line)
        {
            await WriteAsync(new ReportLine(0, null, "that line is not an order this helper knows."));
            return;
        }

        try
        {
            var report = await duties.CarryOutAsync(order, cancellationToken);
            await WriteAsync(new ReportLine(line.Id, JsonSerializer.SerializeToElement(report, report.GetType(), HarnessJson.Lines), null));
        }
        catch (OperationCanceledException)
        {
            // The session is over, and with it whoever wanted to know.
        }
        catch (Exception error)
        {
            // One order that fails, for whatever reason, must not end what the others hold.
            await WriteAsync(new ReportLine(line.Id, null, error.Message));
        }
    }

    private async Task WriteAsync<T>(T line)
    {
        await _writing.WaitAsync();
        try
        {
            await _output.WriteAsync(HelperProtocol.Write(line));
            await _output.FlushAsync();
        }
        catch (IOException)
        {
            // The harness has gone; the end of the input will say so too.
        }
        finally
        {
            _writing.Release();
        }
    }
}
