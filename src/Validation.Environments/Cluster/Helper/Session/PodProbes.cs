using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Validation.Environments.Network;

namespace Validation.Environments.Cluster.Helper.Session;

/// <summary>Datagrams that are sent from, and awaited in, the pods of this Kubernetes node.</summary>
internal sealed class PodProbes : IDisposable
{
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Listening> _listening = new();
    private readonly PodFinder _finder;
    private readonly TimeProvider _time;
    private int _lastProbe;

    /// <summary>Creates the prober.</summary>
    /// <param name="finder">Finds processes.</param>
    /// <param name="time">The clock.</param>
    public PodProbes(PodFinder finder, TimeProvider time) => (_finder, _time) = (finder, time);

    /// <summary>Opens a port in a pod and begins to wait there.</summary>
    /// <param name="order">In which pod, and for what.</param>
    public async Task<ListenReport> ListenAsync(Listen order)
    {
        foreach (var old in _listening.Where(probe => _time.GetElapsedTime(probe.Value.Since) > Forgotten).Select(probe => probe.Key))
        {
            await HearAsync(old, TimeSpan.Zero);
        }

        var receiver = CreateSocket(order.Pod);
        receiver.Bind(new IPEndPoint(IPAddress.Any, 0));
        var ended = new CancellationTokenSource();
        var arrival = ProbeDatagrams.AwaitAsync(receiver, Convert.FromHexString(order.Token), ended.Token);
        var probe = Interlocked.Increment(ref _lastProbe).ToString(CultureInfo.InvariantCulture);
        _listening[probe] = new Listening(receiver, arrival, ended, _time.GetTimestamp());
        return new ListenReport(probe, ((IPEndPoint)receiver.LocalEndPoint!).Port);
    }

    /// <summary>Sends datagrams from a pod.</summary>
    /// <param name="order">From which pod, and where to.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    public async Task SendAsync(Send order, CancellationToken cancellationToken)
    {
        using var sender = CreateSocket(order.Pod);
        var target = new IPEndPoint(IPAddress.Parse(order.Address), order.Port);
        var never = new TaskCompletionSource();
        try
        {
            await ProbeDatagrams.SendAsync(sender, target, Convert.FromHexString(order.Token), never.Task, _time, cancellationToken);
        }
        catch (SocketException error) when (ProbeDatagrams.MeansNoWay(error))
        {
            // The pod has no way there: an answer like any other, which the receiver will give by its silence.
        }
    }

    /// <summary>Tells whether the datagram has arrived, and ends the listening.</summary>
    /// <param name="probe">Which.</param>
    /// <param name="wait">How long it still has.</param>
    public async Task<HearReport> HearAsync(string probe, TimeSpan wait)
    {
        if (!_listening.TryRemove(probe, out var listening))
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"nobody listens for datagram '{probe}' any more.");
        }

        listening.Ended.CancelAfter(wait);
        var arrived = await listening.Arrival;
        listening.Dispose();
        return new HearReport(arrived);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var listening in _listening.Values)
        {
            listening.Ended.Cancel();
            listening.Dispose();
        }
    }

    private Socket CreateSocket(PodOnNode pod)
    {
        using var entered = PodNamespace.Open(pod, _finder);
        using var thread = new NamespaceThread(entered.Path);
        return thread.CreateSocket(SocketType.Dgram, ProtocolType.Udp);
    }

    private sealed record Listening(Socket Receiver, Task<bool> Arrival, CancellationTokenSource Ended, long Since) : IDisposable
    {
        public void Dispose()
        {
            Receiver.Dispose();
            Ended.Dispose();
        }
    }
}
