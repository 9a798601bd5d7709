using System.Globalization;
using System.Net;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Network;

/// <summary>The TCP connections that programs of a network namespace have accepted at a port.</summary>
/// <remarks>
/// They are reset through a copy of the program's own descriptor: a socket that is connected to nowhere is reset by the
/// kernel. Destroying sockets from outside (<c>ss -K</c>) takes an option that not every kernel was built with.
/// </remarks>
internal sealed class OpenConnections
{
    private const string Established = "01";

    private readonly string _networkNamespace;
    private readonly int _port;

    /// <summary>Creates the view.</summary>
    /// <param name="networkNamespace">The namespace as the kernel names it.</param>
    /// <param name="port">The port.</param>
    public OpenConnections(string networkNamespace, int port) => (_networkNamespace, _port) = (networkNamespace, port);

    /// <summary>Returns the other ends.</summary>
    public IReadOnlyList<IPEndPoint> Clients() => [.. Sockets().Select(socket => socket.Client)];

    /// <summary>Resets them.</summary>
    /// <exception cref="HarnessException">The kernel does not give the descriptors of other processes.</exception>
    public void Reset()
    {
        var links = Sockets().Select(socket => $"socket:[{socket.Inode}]").ToHashSet();
        foreach (var pid in ProcessTable.InNetworkNamespace(_networkNamespace))
        {
            foreach (var descriptor in Descriptors(pid, links))
            {
                Native.ResetSocketOf(pid, descriptor);
            }
        }
    }

    /// <summary>Reads the connections that were accepted at a port.</summary>
    /// <param name="lines">The lines of <c>/proc/PID/net/tcp</c>: number, local address, remote address, state, and more, the tenth the inode.</param>
    /// <param name="port">The port.</param>
    internal static IEnumerable<(IPEndPoint Client, string Inode)> Parse(IEnumerable<string> lines, int port) =>
        from line in lines.Skip(1)
        let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where fields[3] == Established && ParseAddress(fields[1]).Port == port
        select (ParseAddress(fields[2]), fields[9]);

    // The address as the number that lies in memory, so in the machine's own order; the port as people write it.
    private static IPEndPoint ParseAddress(string text)
    {
        var number = uint.Parse(text.AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new IPEndPoint(new IPAddress(BitConverter.GetBytes(number)), int.Parse(text.AsSpan(9), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    private static IEnumerable<int> Descriptors(int pid, HashSet<string> links)
    {
        try
        {
            return [.. from file in Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd")
                       where new FileInfo(file).LinkTarget is { } target && links.Contains(target)
                       select int.Parse(Path.GetFileName(file.AsSpan()), CultureInfo.InvariantCulture)];
        }
        catch (IOException)
        {
            // It ended while we were looking.
            return [];
        }
    }

    private (IPEndPoint Client, string Inode)[] Sockets()
    {
        if (ProcessTable.InNetworkNamespace(_networkNamespace) is not [var pid, ..])
        {
            return [];
        }

        try
        {
            return [.. Parse(File.ReadLines($"/proc/{pid}/net/tcp"), _port)];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
