using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Network;

/// <summary>A node's network namespace, and a thread of ours that lives in it.</summary>
/// <remarks>
/// A socket belongs for ever to the namespace in which its creating thread was. So sockets are made on that thread and
/// then used from anywhere, as any other socket.
/// </remarks>
internal sealed class NodeNamespace : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];

    /// <summary>Enters a namespace.</summary>
    /// <param name="name">Its name for <c>ip netns</c>.</param>
    /// <param name="address">The node's address in it.</param>
    public NodeNamespace(string name, IPAddress address)
    {
        (Name, Address) = (name, address);
        var entered = new TaskCompletionSource<string>();
        new Thread(() => Live(entered)) { IsBackground = true, Name = $"in {name}" }.Start();
        Identity = entered.Task.GetAwaiter().GetResult();
    }

    /// <summary>Gets its name for <c>ip netns</c>, which is the node's name.</summary>
    public string Name { get; }

    /// <summary>Gets the node's address.</summary>
    public IPAddress Address { get; }

    /// <summary>Gets the namespace as the kernel names it: <c>net:[4026532180]</c>.</summary>
    public string Identity { get; }

    /// <summary>Gets its file, for programs that enter it.</summary>
    public string Path => PathOf(Name);

    /// <summary>Makes a socket whose packets start and end at the node.</summary>
    /// <param name="type">Stream or datagram.</param>
    /// <param name="protocol">TCP or UDP.</param>
    public Task<Socket> CreateSocketAsync(SocketType type, ProtocolType protocol)
    {
        var made = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                made.SetResult(new Socket(AddressFamily.InterNetwork, type, protocol));
            }
            catch (SocketException error)
            {
                made.SetException(error);
            }
        });
        return made.Task;
    }

    /// <summary>Opens a TCP connection from the node.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = await CreateSocketAsync(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _work.CompleteAdding();

    private static string PathOf(string name) => $"{SandboxPaths.NetworkNamespaces}/{name}";

    private void Live(TaskCompletionSource<string> entered)
    {
        try
        {
            using var file = File.OpenHandle(Path, share: FileShare.ReadWrite);
            Native.EnterNamespace(file, Native.NetworkNamespace);
            entered.SetResult(new FileInfo("/proc/thread-self/ns/net").LinkTarget!);
        }
        catch (Exception error)
        {
            entered.SetException(error);
            return;
        }

        foreach (var action in _work.GetConsumingEnumerable())
        {
            action();
        }

        _work.Dispose();
    }
}
