using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Nodes;

/// <summary>HAProxy's runtime API: one order for each connection to its Unix socket.</summary>
internal sealed class BalancerSocket
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
