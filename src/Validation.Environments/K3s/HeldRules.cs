using System.Globalization;
using System.Text;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>Packet filter rules inside of a Kubernetes node that hold only as long as the harness says so.</summary>
/// <remarks>
/// A shell in the node's container sets them and waits for a word. It takes them away when none came for ten seconds,
/// or when its input ends, as it does when the harness ends. It needs no network: the engine reaches it in any case.
/// </remarks>
internal sealed class HeldRules : IAsyncDisposable
{
    /// <summary>How long the rules hold after the last word, in seconds.</summary>
    public const int LeaseSeconds = 10;

    /// <summary>What it runs. Its arguments are the chain's name, the hook, the lease, and one rule each.</summary>
    private const string Script =
        """
        chain=$1 hook=$2 lease=$3
        shift 3
        t() { iptables -w -t mangle "$@"; }
        undo() { { t -D "$hook" -j "$chain"; t -F "$chain"; t -X "$chain"; } 2>/dev/null; }
        trap '' PIPE HUP INT TERM
        trap undo EXIT
        t -N "$chain" || exit 1
        for rule in "$@"; do t -A "$chain" $rule -j DROP || exit 1; done
        t -I "$hook" -j "$chain" || exit 1
        echo held
        while read -r -t "$lease" word; do
          if [ "$word" = count ]; then t -L "$chain" -n -v -x; echo end; fi
          if [ "$word" = undo ]; then exit 0; fi
        done
        exit 3
        """;

    private static readonly TimeSpan WordLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(2);

    private readonly string _container;
    private readonly IToolSession _session;
    private readonly StreamReader _words;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private Task _renewing = Task.CompletedTask;

    private HeldRules(string container, IToolSession session, TimeProvider time) =>
        (_container, _session, _words, _time) = (container, session, new StreamReader(session.Output, Encoding.ASCII), time);

    /// <summary>Gets why the rules can no longer be trusted; null while they hold.</summary>
    public string? Broken { get; private set; }

    /// <summary>Returns the command that sets rules.</summary>
    /// <param name="container">The container of the Kubernetes node.</param>
    /// <param name="id">What the chain is called after.</param>
    /// <param name="hook">The hook of the table <c>mangle</c>.</param>
    /// <param name="rules">What is dropped, one packet match each.</param>
    public static DockerCommand Command(string container, string id, string hook, IEnumerable<string> rules) => DockerCommand.Write(
        ["exec", "--interactive", container, "sh", "-c", Script, "sh", $"validation-{id}", hook, LeaseSeconds.ToString(CultureInfo.InvariantCulture), .. rules]);

    /// <summary>Sets rules and returns when they are in force.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="command">From <see cref="Command"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays.</param>
    /// <exception cref="HarnessException">The node did not take them, its own words are in the message; or it said nothing for ten seconds.</exception>
    public static async Task<HeldRules> SetAsync(IDocker docker, DockerCommand command, TimeProvider time, CancellationToken cancellationToken)
    {
        var rules = new HeldRules(command.Arguments[2], docker.Open(command), time);
        try
        {
            if (await rules.ReadLineAsync(cancellationToken) != "held")
            {
                throw DockerExtensions.Failure(
                    DockerCommand.Write("exec", rules._container, "iptables"), await rules.WithinLimitAsync(rules._session.Ended, cancellationToken));
            }
        }
        catch
        {
            await rules.DisposeAsync();
            throw;
        }

        rules._renewing = rules.RenewAsync();
        return rules;
    }

    /// <summary>Reads how many packets each rule has dropped, in the order of the rules.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Empty when the rules cannot be trusted any more.</returns>
    /// <exception cref="HarnessException">The node said nothing for ten seconds.</exception>
    public async Task<IReadOnlyList<long>> CountAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var counts = new List<long>();
            if (Broken is null && await SayAsync("count", cancellationToken))
            {
                while (await ReadLineAsync(cancellationToken) is { } line && line != "end")
                {
                    var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    if (columns.Length > 2 && columns[2] == "DROP" && long.TryParse(columns[0], NumberStyles.None, CultureInfo.InvariantCulture, out var packets))
                    {
                        counts.Add(packets);
                    }
                }
            }

            return counts;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes the rules away and returns when they are gone. A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        await _renewing;
        await SayAsync("undo", CancellationToken.None);
        await _session.DisposeAsync();
    }

    private Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        WithinLimitAsync(_words.ReadLineAsync(cancellationToken).AsTask(), cancellationToken);

    private async Task<T> WithinLimitAsync<T>(Task<T> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.WaitAsync(WordLimit, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // What it says later would be taken for the answer to something else, so nothing is read any more.
            Broken ??= $"the node said nothing for {Duration.Format(WordLimit)}";
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"{_container}, which holds packet filter rules, said nothing for {Duration.Format(WordLimit)}. Without a word the rules end after {LeaseSeconds} s.");
        }
    }

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(Renewal, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await _turn.WaitAsync(_stop.Token);
                try
                {
                    await SayAsync("hold", _stop.Token);
                }
                finally
                {
                    _turn.Release();
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<bool> SayAsync(string word, CancellationToken cancellationToken)
    {
        if (_session.Ended.IsCompleted)
        {
            Broken ??= "the node has taken the rules away: no word of the harness came for "
                + $"{LeaseSeconds} s, or the node went down";
            return false;
        }

        try
        {
            await _session.Input.WriteAsync(Encoding.ASCII.GetBytes(word + "\n"), cancellationToken);
            await _session.Input.FlushAsync(cancellationToken);
            return true;
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            Broken ??= $"the way to the node is gone: {error.Message}";
            return false;
        }
    }
}
