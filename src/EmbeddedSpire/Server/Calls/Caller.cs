using System.Net;
using System.Runtime.CompilerServices;
using EmbeddedSpire.Server.Authorities;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Server.Calls;

/// <summary>Who is at the other end of a connection. Worked out once for all its calls.</summary>
internal sealed class Caller
{
    private static readonly ConditionalWeakTable<GrpcPeer, Caller> Known = [];

    private Caller(GrpcPeer peer)
    {
        Address = (peer.Remote as IPEndPoint)?.Address is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : (peer.Remote as IPEndPoint)?.Address;
        if (peer.Certificate is { } certificate)
        {
            // The handshake has verified it; here it is only read.
            var leaf = DecodedCertificate.Decode(certificate.RawDataMemory);
            Id = leaf.Uris.Count == 1 && SpiffeId.TryParse(leaf.Uris[0], out var id, out _) ? id : null;
            SerialNumber = SvidIssuer.DecimalSerial(leaf);
            NotAfter = leaf.NotAfter;
        }
    }

    /// <summary>Gets the address it comes from; null for a caller on this machine's own socket.</summary>
    public IPAddress? Address { get; }

    /// <summary>Gets whether it came through the Unix socket, which only this machine's administrators can open.</summary>
    public bool IsLocal => Address is null;

    /// <summary>Gets its SPIFFE id; null when it showed no certificate.</summary>
    public SpiffeId? Id { get; }

    /// <summary>Gets the serial number of its certificate, in decimal.</summary>
    public string? SerialNumber { get; }

    /// <summary>Gets when its certificate ends.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>Returns the caller at the other end of a connection.</summary>
    public static Caller Of(GrpcPeer peer) => Known.GetValue(peer, static peer => new Caller(peer));
}
