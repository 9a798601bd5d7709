using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Nodes;

/// <summary>HAProxy's runtime API: one order for each connection to its Unix socket.</summary>
internal sealed partial class BalancerSocket
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly string _path;

    /// <summary>Creates it.</summary>
    /// <param name="path">The socket's path.</param>
    public BalancerSocket(string path) => _path = path;

    /// <summary>Lets a back end's health be down, until the next check finds it well.</summary>
    /// <param name="backEnd">The node.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task ReportDownAsync(INode backEnd, CancellationToken cancellationToken)
    {
        var answer = await AskAsync($"set server {ListenerOf(backEnd)}/{backEnd.Name} health down", cancellationToken);
        if (answer.Trim().Length > 0)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"The load balancer does not take {backEnd.Name} down: {answer.Trim()}");
        }
    }

    /// <summary>Reads a back end's state.</summary>
    /// <param name="backEnd">The node.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<BackEndState> ReadAsync(INode backEnd, CancellationToken cancellationToken) =>
        Parse(await AskAsync("show stat", cancellationToken), ListenerOf(backEnd), backEnd.Name);

    /// <summary>Lets each address keep its SPIRE server until an instant.</summary>
    /// <remarks>HAProxy compares it with its own clock at each connection, so nobody has to end it.</remarks>
    /// <param name="until">The instant, in whole seconds; the past for none.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task HoldAffinityAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        // HAProxy counts setting a variable by its socket among its experiments.
        var answer = await AskAsync($"experimental-mode on; set var {LoadBalancerNode.AffinityUntil} int({until.ToUnixTimeSeconds()})", cancellationToken);
        if (answer.Trim().Length > 0)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"The load balancer holds no affinity, which takes HAProxy 2.5 or later: {answer.Trim()}");
        }
    }

    /// <summary>Reads until when each address keeps its SPIRE server.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>An instant in whole seconds, which may have passed; null when no affinity was ever held.</returns>
    public async Task<DateTimeOffset?> ReadAffinityAsync(CancellationToken cancellationToken) =>
        Integer().Match(await AskAsync($"get var {LoadBalancerNode.AffinityUntil}", cancellationToken)) is { Success: true } value
            ? DateTimeOffset.FromUnixTimeSeconds(long.Parse(value.Groups[1].Value, CultureInfo.InvariantCulture))
            : null;

    /// <summary>Reads which back end each of some connections has.</summary>
    /// <param name="clients">The connections' own ends.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<IReadOnlyList<string>> FindBackEndsAsync(IReadOnlyCollection<IPEndPoint> clients, CancellationToken cancellationToken) =>
        ParseSessions(await AskAsync("show sess", cancellationToken), clients);

    /// <summary>Finds connections in HAProxy's list of sessions.</summary>
    /// <param name="sessions">A line for each, with <c>src=</c> and <c>srv=</c>.</param>
    /// <param name="clients">The connections' own ends.</param>
    internal static IReadOnlyList<string> ParseSessions(string sessions, IReadOnlyCollection<IPEndPoint> clients)
    {
        var wanted = clients.Select(client => client.ToString()).ToHashSet();
        return [.. Session().Matches(sessions).Where(session => wanted.Contains(session.Groups["client"].Value)).Select(session => session.Groups["server"].Value)];
    }

    /// <summary>Finds a back end in HAProxy's statistics.</summary>
    /// <param name="statistics">Lines with commas; the first one, after <c># </c>, names the columns.</param>
    /// <param name="listener">The proxy.</param>
    /// <param name="backEnd">Its server.</param>
    internal static BackEndState Parse(string statistics, string listener, string backEnd)
    {
        var rows = statistics.TrimStart('#', ' ').Split('\n').Select(line => line.Split(',')).ToArray();
        string Of(string[] row, string column) => row[Array.IndexOf(rows[0], column)];
        var found = rows.FirstOrDefault(row => row.Length > 2 && row[0] == listener && row[1] == backEnd)
            ?? throw new HarnessException(ExitCode.EnvironmentFailed, $"The load balancer has no back end {listener}/{backEnd}.");
        return new BackEndState(Of(found, "status").StartsWith("UP", StringComparison.Ordinal), long.Parse(Of(found, "chkdown"), CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@" src=(?<client>\S+) fe=\S+ be=\S+ srv=(?<server>(?!<)\S+)")]
    private static partial Regex Session();

    [GeneratedRegex("value=<([0-9]+)>")]
    private static partial Regex Integer();

    private static string ListenerOf(INode backEnd) => backEnd.Role == Roles.Postgres ? LoadBalancerNode.Database : LoadBalancerNode.SpireServers;

    private async Task<string> AskAsync(string order, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), limit.Token);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(order + "\n"), limit.Token);
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync(limit.Token);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"The load balancer takes no orders: {error.Message}.", innerException: error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"The load balancer did not answer '{order}' within {Duration.Format(Limit)}.");
        }
    }
}
