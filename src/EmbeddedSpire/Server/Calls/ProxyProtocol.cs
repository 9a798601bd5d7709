using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EmbeddedSpire.Server.Calls;

/// <summary>
/// Reads the PROXY header, version 1 or 2, with which a load balancer tells whom it forwards. Trusted peers may send one; a header
/// from anybody else ends the connection. See <c>proxy_protocol_trusted_cidrs</c>.
/// </summary>
internal sealed class ProxyProtocol
{
    // A line of version 1 is no longer than this.
    private const int MaxLineLength = 107;
    private const int BinaryHeaderSize = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly byte[] LineSignature = "PROXY "u8.ToArray();
    private static readonly byte[] BinarySignature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    private readonly IReadOnlyList<IPNetwork> _trusted;
    private readonly TimeProvider _time;

    /// <summary>Creates the reader.</summary>
    /// <param name="trusted">Peers that may send a header.</param>
    /// <param name="time">The clock of the time limit.</param>
    public ProxyProtocol(IReadOnlyList<IPNetwork> trusted, TimeProvider time) => (_trusted, _time) = (trusted, time);

    /// <summary>Puts the reader before everything else that happens to a connection.</summary>
    public void Use(ListenOptions endPoint) => endPoint.Use(next => connection => ServeAsync(connection, next));

    /// <summary>Reads the header of a connection, if there is one, and hands the connection on.</summary>
    internal async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        using var patience = new CancellationTokenSource(Patience, _time);
        bool isAcceptable;
        try
        {
            isAcceptable = await TryReadAsync(connection, patience.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            isAcceptable = false;
        }

        if (isAcceptable)
        {
            await next(connection);
        }
        else
        {
            connection.Abort(new ConnectionAbortedException("The PROXY header is malformed, or comes from a peer that is not trusted."));
        }
    }

    private async Task<bool> TryReadAsync(ConnectionContext connection, CancellationToken cancellationToken)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var kind = KindOf(read.Buffer);
            if (kind == Kind.None)
            {
                input.AdvanceTo(read.Buffer.Start);
                return true;
            }

            if (kind != Kind.Unknown)
            {
                if (!IsTrusted(connection.RemoteEndPoint))
                {
                    return false;
                }

                if (TryParse(read.Buffer, kind, out var end, out var source) is { } isValid)
                {
                    input.AdvanceTo(isValid ? end : read.Buffer.Start);
                    connection.RemoteEndPoint = source ?? connection.RemoteEndPoint;
                    return isValid;
                }
            }

            if (read.IsCompleted)
            {
                input.AdvanceTo(read.Buffer.Start);
                return kind == Kind.Unknown;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private bool IsTrusted(EndPoint? peer) =>
        peer is IPEndPoint { Address: var address } && _trusted.Any(network => network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));

    private static Kind KindOf(ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return Kind.Unknown;
        }

        var start = buffer.Slice(0, Math.Min(buffer.Length, BinarySignature.Length)).ToArray();
        foreach (var (signature, kind) in new[] { (LineSignature, Kind.Line), (BinarySignature, Kind.Binary) })
        {
            var common = Math.Min(start.Length, signature.Length);
            if (start.AsSpan(0, common).SequenceEqual(signature.AsSpan(0, common)))
            {
                return common == signature.Length ? kind : Kind.Unknown;
            }
        }

        return Kind.None;
    }

    /// <summary>Reads a header; null when it is not complete yet.</summary>
    private static bool? TryParse(ReadOnlySequence<byte> buffer, Kind kind, out SequencePosition end, out IPEndPoint? source) =>
        kind == Kind.Line ? TryParseLine(buffer, out end, out source) : TryParseBinary(buffer, out end, out source);

    private static bool? TryParseLine(ReadOnlySequence<byte> buffer, out SequencePosition end, out IPEndPoint? source)
    {
        end = buffer.Start;
        source = null;
        if (buffer.PositionOf((byte)'\n') is not { } lineEnd)
        {
            return buffer.Length > MaxLineLength ? false : null;
        }

        end = buffer.GetPosition(1, lineEnd);
        var words = Encoding.ASCII.GetString(buffer.Slice(0, lineEnd)).TrimEnd('\r').Split(' ');
        if (words is ["PROXY", "UNKNOWN", ..])
        {
            return true;
        }

        if (words is not ["PROXY", "TCP4" or "TCP6", var address, _, var port, _]
            || !IPAddress.TryParse(address, out var ip)
            || !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        source = new IPEndPoint(ip, number);
        return true;
    }

    private static bool? TryParseBinary(ReadOnlySequence<byte> buffer, out SequencePosition end, out IPEndPoint? source)
    {
        end = buffer.Start;
        source = null;
        if (buffer.Length < BinaryHeaderSize)
        {
            return null;
        }

        var header = buffer.Slice(0, BinaryHeaderSize).ToArray();
        var length = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(14));
        if (buffer.Length < BinaryHeaderSize + length)
        {
            return null;
        }

        end = buffer.GetPosition(BinaryHeaderSize + length);
        var addresses = buffer.Slice(BinaryHeaderSize, length).ToArray();

        // Version 2 with the command LOCAL (0) or PROXY (1); then the family: 1 is IPv4, 2 is IPv6.
        switch (header[12], header[13] >> 4)
        {
            case (0x20, _):
                return true;
            case (0x21, 1) when length >= 12:
                source = new IPEndPoint(new IPAddress(addresses.AsSpan(0, 4)), BinaryPrimitives.ReadUInt16BigEndian(addresses.AsSpan(8)));
                return true;
            case (0x21, 2) when length >= 36:
                source = new IPEndPoint(new IPAddress(addresses.AsSpan(0, 16)), BinaryPrimitives.ReadUInt16BigEndian(addresses.AsSpan(32)));
                return true;
            case (0x21, _):
                return true;
            default:
                return false;
        }
    }

    private enum Kind
    {
        Unknown,
        None,
        Line,
        Binary,
    }
}
