using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Network;

/// <summary>Sends a series of datagrams from one node to another and tells what became of them.</summary>
/// <remarks>
/// Every datagram repeats one number, which only its own series knows, in words of eight bytes, so that it is known
/// although a bit of it was flipped. It has no checksum, or the receiver's kernel would drop it then.
/// </remarks>
internal sealed class SeriesProbe
{
    private const int SocketLevel = 1, WithoutChecksum = 11;
    private const int HeaderBytes = 28;
    private const int SocketBuffer = 1 << 20;

    private readonly ulong _token = MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private readonly DatagramSeries _series;
    private readonly TimeProvider _time;
    private readonly long[] _sent;
    private readonly long[] _arrived;
    private readonly int[] _copies;
    private int _corrupted, _overtaken, _latest = -1;
    private long _firstArrival, _lastArrival;

    private SeriesProbe(DatagramSeries series, TimeProvider time)
    {
        (_series, _time) = (series, time);
        (_sent, _arrived, _copies) = (new long[series.Count], new long[series.Count], new int[series.Count]);
    }

    /// <summary>Sends the series.</summary>
    /// <param name="from">The node that sends.</param>
    /// <param name="to">The node that should receive.</param>
    /// <param name="port">The port they are sent to; null for any.</param>
    /// <param name="series">The series.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    /// <exception cref="HarnessException">Somebody else receives datagrams at that port.</exception>
    public static async Task<DatagramArrivals> SendAsync(
        NodeNamespace from, NodeNamespace to, int? port, DatagramSeries series, TimeProvider time, CancellationToken cancellationToken)
    {
        using var receiver = to.CreateSocket(SocketType.Dgram, ProtocolType.Udp);
        using var sender = from.CreateSocket(SocketType.Dgram, ProtocolType.Udp);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        receiver.ReceiveBufferSize = SocketBuffer;
        sender.SetRawSocketOption(SocketLevel, WithoutChecksum, BitConverter.GetBytes(1));
        try
        {
            receiver.Bind(new IPEndPoint(to.Address, port ?? 0));
        }
        catch (SocketException error)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"{to.Name} cannot be probed at port {port}: {error.Message}.", innerException: error);
        }

        sender.Connect(receiver.LocalEndPoint!);
        var probe = new SeriesProbe(series, time);
        var receiving = Task.Factory.StartNew(
            () => probe.Receive(receiver, ended.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await probe.SendAsync(sender, cancellationToken);
        await Task.Delay(series.Patience, time, cancellationToken);
        await ended.CancelAsync();
        await receiving;
        return probe.Tell();
    }

    private async Task SendAsync(Socket sender, CancellationToken cancellationToken)
    {
        var words = new ulong[_series.Bytes / sizeof(ulong)];
        var begun = Stopwatch.GetTimestamp();
        for (var number = 0; number < _series.Count; number++)
        {
            if (number > 0 && number % _series.AtOnce == 0)
            {
                var ahead = (_series.Every * (number / _series.AtOnce)) - Stopwatch.GetElapsedTime(begun);
                await Task.Delay(ahead > TimeSpan.Zero ? ahead : TimeSpan.Zero, _time, cancellationToken);
            }

            Array.Fill(words, _token + (ulong)number);
            _sent[number] = Stopwatch.GetTimestamp();
            sender.Send(MemoryMarshal.AsBytes<ulong>(words));
        }
    }

    private void Receive(Socket receiver, CancellationToken cancellationToken)
    {
        var buffer = new byte[_series.Bytes];
        // Closing the socket is the only thing that ends a receive which waits on its own thread.
        using var close = cancellationToken.Register(receiver.Close);
        while (true)
        {
            try
            {
                var length = receiver.Receive(buffer);
                Note(buffer.AsSpan(0, length), Stopwatch.GetTimestamp());
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Note(ReadOnlySpan<byte> datagram, long now)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(datagram);
        if (words.Length * sizeof(ulong) != _series.Bytes)
        {
            return;
        }

        // Of three words at most one is changed by one bit.
        var word = words[0] == words[1] ? words[0] : words[2];
        if (word - _token is var number && number >= (ulong)_series.Count)
        {
            return;
        }

        _corrupted += words.ContainsAnyExcept(word) ? 1 : 0;
        _firstArrival = _firstArrival == 0 ? now : _firstArrival;
        _lastArrival = now;
        if (_copies[number]++ == 0)
        {
            _arrived[number] = now;
            _overtaken += (int)number < _latest ? 1 : 0;
            _latest = Math.Max(_latest, (int)number);
        }
    }

    private DatagramArrivals Tell() => new()
    {
        Sent = _series.Count,
        PacketBytes = _series.Bytes + HeaderBytes,
        Delays = [.. _arrived.Zip(_sent).Where(pair => pair.First != 0).Select(pair => Stopwatch.GetElapsedTime(pair.Second, pair.First)).Order()],
        Duplicated = _copies.Count(copies => copies > 1),
        Corrupted = _corrupted,
        Overtaken = _overtaken,
        Spread = Stopwatch.GetElapsedTime(_firstArrival, _lastArrival),
    };
}
