using EmbeddedSpire.Server.Authorities;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Server.Services;

/// <summary>New SVIDs as the API has them.</summary>
internal static class ApiSvids
{
    public static X509SVID ToApi(this NewX509Svid svid, SpiffeId id) => new()
    {
        Id = id.ToApi(),
        CertChain = { svid.Chain.Select(certificate => ByteString.CopyFrom(certificate.Span)) },
        ExpiresAt = svid.NotAfter.ToUnixTimeSeconds(),
    };

    public static JWTSVID ToApi(this NewJwtSvid svid, SpiffeId id) => new()
    {
        Id = id.ToApi(),
        Token = svid.Token,
        ExpiresAt = svid.ExpiresAt.ToUnixTimeSeconds(),
        IssuedAt = svid.IssuedAt.ToUnixTimeSeconds(),
    };
}
