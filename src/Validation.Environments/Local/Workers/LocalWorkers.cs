using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Spire.Wire.Grpc.Client;
using Validation.Core.Stacks;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Workers;

/// <summary>Load workers as processes on the workload node: this program once more, in that node's network namespace.</summary>
internal sealed class LocalWorkers : IWorkerGroup
{
    private const int TailLines = 5;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly List<(Process Process, string Socket, NodeLog Log)> _workers = [];
    private readonly List<WorkerSite> _sites = [];
    private readonly TimeProvider _time;

    private LocalWorkers(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public IReadOnlyList<WorkerSite> Sites => _sites;

    /// <summary>Starts workers and waits until each listens.</summary>
    /// <param name="count">How many.</param>
    /// <param name="node">The namespace of the workload node.</param>
    /// <param name="directory">A directory for their sockets.</param>
    /// <param name="logs">The directory for logs.</param>
    /// <param name="agentSockets">The Workload API sockets, by the agent's node.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">One of them did not start.</exception>
    public static async Task<LocalWorkers> StartAsync(
        int count,
        NodeNamespace node,
        DirectoryInfo directory,
        DirectoryInfo logs,
        IReadOnlyDictionary<string, string> agentSockets,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var workers = new LocalWorkers(time);
        try
        {
            directory.Create();
            for (var number = 1; number <= count; number++)
            {
                workers.Start(number, node, directory, logs, agentSockets);
            }

            foreach (var (worker, site) in workers._workers.Zip(workers._sites))
            {
                await workers.UntilItListensAsync(worker.Process, site, cancellationToken);
            }

            return workers;
        }
        catch
        {
            await workers.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(EndLimit, _time);
        foreach (var (process, socket, _) in _workers)
        {
            try
            {
                // Told good-bye it ends by itself; one that was not told, or does not listen, is ended.
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
            File.Delete(socket);
        }

        _workers.Clear();
    }

    private void Start(int number, NodeNamespace node, DirectoryInfo directory, DirectoryInfo logs, IReadOnlyDictionary<string, string> agentSockets)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"worker-{number}");
        var socket = Path.Combine(directory.FullName, $"{name}.sock");
        var log = new NodeLog(logs, name, _time);
        string[] command = [.. DotnetHost.OwnCommand(), "worker", "--listen", $"unix:{socket}", "--number", number.ToString(CultureInfo.InvariantCulture)];
        _workers.Add((NodeLauncher.Start(command, directory, node, log), socket, log));
        _sites.Add(new WorkerSite(
            name,
            Dialer.Unix(socket),
            _ => Task.FromResult<string?>(string.Join(" | ", log.Tail(TailLines))))
        {
            AgentSockets = agentSockets,
        });
    }

    private async Task UntilItListensAsync(Process process, WorkerSite site, CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var tried = await site.DialAsync(cancellationToken);
                return;
            }
            catch (Exception error) when (error is SocketException or IOException)
            {
                if (process.HasExited || _time.GetElapsedTime(begun) > StartLimit)
                {
                    throw new HarnessException(
                        ExitCode.EnvironmentFailed,
                        $"{site.Name} did not listen within {Duration.Format(StartLimit)}. Its last words: {await site.LastWordsAsync(cancellationToken)}",
                        innerException: error);
                }
            }

            await Task.Delay(Interval, _time, cancellationToken);
        }
    }
}
