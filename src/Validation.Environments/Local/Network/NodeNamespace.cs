using System.Net;
using System.Net.Sockets;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Network;

namespace Validation.Environments.Local.Network;

/// <summary>A node's network namespace, and a thread of ours that lives in it.</summary>
internal sealed class NodeNamespace : IDisposable
{
    private readonly NamespaceThread _thread;

    /// <summary>Enters a namespace.</summary>
    /// <param name="name">Its name for <c>ip netns</c>.</param>
    /// <param name="address">The node's address in it.</param>
    public NodeNamespace(string name, IPAddress address) =>
        (Name, Address, _thread) = (name, address, new NamespaceThread(PathOf(name)));

    /// <summary>Gets its name for <c>ip netns</c>, which is the node's name.</summary>
    public string Name { get; }

    /// <summary>Gets the node's address.</summary>
    public IPAddress Address { get; }

    /// <summary>Gets the namespace as the kernel names it: <c>net:[4026532180]</c>.</summary>
    public string Identity => _thread.Identity;

    /// <summary>Gets its file, for programs that enter it.</summary>
    public string Path => PathOf(Name);

    /// <summary>Makes a socket whose packets start and end at the node.</summary>
    /// <param name="type">Stream or datagram.</param>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="family">Which addresses it has.</param>
    public Socket CreateSocket(SocketType type, ProtocolType protocol, AddressFamily family = AddressFamily.InterNetwork) =>
        _thread.CreateSocket(type, protocol, family);

    /// <summary>Reads which IPv6 addresses it has that lead beyond its cable. The star gives it none; somebody else may have.</summary>
    public IReadOnlyList<IPAddress> ReadV6Addresses() => _thread.Run(() => V6Addresses.Read("/proc/thread-self/net/if_inet6"));

    /// <summary>Opens a TCP connection from the node.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="source">From which of its addresses; the default is its own.</param>
    public async ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken, IPAddress? source = null)
    {
        var socket = CreateSocket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (source is not null)
            {
                socket.Bind(new IPEndPoint(source, 0));
            }

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
    public void Dispose() => _thread.Dispose();

    private static string PathOf(string name) => $"{SandboxPaths.NetworkNamespaces}/{name}";
}
