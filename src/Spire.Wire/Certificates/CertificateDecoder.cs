using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Spire.Wire.Certificates;

/// <summary>Reads certificates as RFC 5280 writes them.</summary>
internal static class CertificateDecoder
{
    private const int Version3 = 2;

    private static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag IssuerUniqueIdTag = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag SubjectUniqueIdTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3);
    private static readonly Asn1Tag DnsNameTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag KeyIdTag = new(TagClass.ContextSpecific, 0);

    public static DecodedCertificate Decode(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var body = outer.ReadSequence();
        outer.ThrowIfNotEmpty();

        var toBeSigned = body.ReadEncodedValue();
        var algorithm = body.ReadEncodedValue();
        var signature = body.ReadBitString(out _);
        body.ThrowIfNotEmpty();

        var fields = new AsnReader(toBeSigned, AsnEncodingRules.DER).ReadSequence();
        RequireVersion3(fields);
        var serial = fields.ReadIntegerBytes();
        if (!fields.ReadEncodedValue().Span.SequenceEqual(algorithm.Span))
        {
            throw new CryptographicException("it names two different signature algorithms");
        }

        var issuer = fields.ReadEncodedValue();
        var life = fields.ReadSequence();
        var certificate = new DecodedCertificate
        {
            Der = der,
            SerialNumber = SerialText(serial.Span),
            Issuer = issuer,
            NotBefore = ReadTime(life),
            NotAfter = ReadTime(life),
            Subject = fields.ReadEncodedValue(),
            PublicKey = fields.ReadEncodedValue(),
            ToBeSigned = toBeSigned,
            SignatureAlgorithm = new AsnReader(algorithm, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier(),
            Signature = signature,
        };
        life.ThrowIfNotEmpty();
        ReadExtensions(fields, certificate);
        return certificate;
    }

    /// <summary>Reads the alternative names of a certificate or a request.</summary>
    public static (List<string> Uris, List<string> DnsNames) ReadAlternativeNames(ReadOnlyMemory<byte> extension)
    {
        var (uris, dnsNames) = (new List<string>(), new List<string>());
        var names = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            var tag = names.PeekTag();
            if (tag.HasSameClassAndValue(UriTag))
            {
                uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
            }
            else if (tag.HasSameClassAndValue(DnsNameTag))
            {
                dnsNames.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, DnsNameTag));
            }
            else
            {
                names.ReadEncodedValue();
            }
        }

        return (uris, dnsNames);
    }

    /// <summary>Writes a serial number as recordings and authority ids do.</summary>
    public static string SerialText(ReadOnlySpan<byte> serial) =>
        Convert.ToHexStringLower(serial).TrimStart('0') is { Length: > 0 } text ? text : "0";

    private static void RequireVersion3(AsnReader fields)
    {
        if (!fields.PeekTag().HasSameClassAndValue(VersionTag)
            || !fields.ReadSequence(VersionTag).TryReadInt32(out var version) || version != Version3)
        {
            throw new CryptographicException("it is not of version 3");
        }
    }

    private static DateTimeOffset ReadTime(AsnReader life) =>
        life.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? life.ReadUtcTime() : life.ReadGeneralizedTime();

    private static void ReadExtensions(AsnReader fields, DecodedCertificate certificate)
    {
        foreach (var uniqueId in (ReadOnlySpan<Asn1Tag>)[IssuerUniqueIdTag, SubjectUniqueIdTag])
        {
            if (fields.HasData && fields.PeekTag().HasSameClassAndValue(uniqueId))
            {
                fields.ReadEncodedValue();
            }
        }

        if (!fields.HasData)
        {
            return;
        }

        var wrapper = fields.ReadSequence(ExtensionsTag);
        var extensions = wrapper.ReadSequence();
        wrapper.ThrowIfNotEmpty();
        fields.ThrowIfNotEmpty();
        var seen = new HashSet<string>();
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var id = extension.ReadObjectIdentifier();
            var isCritical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var value = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            if (!seen.Add(id))
            {
                throw new CryptographicException($"it has the extension {id} twice");
            }

            Read(id, isCritical, value, certificate);
        }
    }

    private static void Read(string id, bool isCritical, byte[] value, DecodedCertificate certificate)
    {
        var reader = new AsnReader(value, AsnEncodingRules.DER);
        switch (id)
        {
            case ObjectIds.KeyUsage:
                certificate.KeyUsage = ReadKeyUsage(reader);
                certificate.KeyUsageIsCritical = isCritical;
                break;
            case ObjectIds.BasicConstraints:
                ReadBasicConstraints(reader.ReadSequence(), certificate);
                break;
            case ObjectIds.SubjectAlternativeName:
                (certificate.Uris, certificate.DnsNames) = ReadAlternativeNames(value);
                break;
            case ObjectIds.SubjectKeyIdentifier:
                certificate.SubjectKeyId = Convert.ToHexStringLower(reader.ReadOctetString());
                break;
            case ObjectIds.AuthorityKeyIdentifier:
                var authority = reader.ReadSequence();
                certificate.AuthorityKeyId = authority.HasData && authority.PeekTag().HasSameClassAndValue(KeyIdTag)
                    ? Convert.ToHexStringLower(authority.ReadOctetString(KeyIdTag))
                    : null;
                break;
            case ObjectIds.ExtendedKeyUsage:
                // SVIDs may carry it or not; whom they may be shown to is the SPIFFE id's business.
                break;
            default:
                certificate.UnknownCriticalExtension ??= isCritical ? id : null;
                break;
        }
    }

    private static void ReadBasicConstraints(AsnReader constraints, DecodedCertificate certificate)
    {
        certificate.IsAuthority = constraints.HasData && constraints.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && constraints.ReadBoolean();
        if (constraints.HasData)
        {
            certificate.MaxPathLength = constraints.TryReadInt32(out var length) && length >= 0
                ? length
                : throw new CryptographicException("its path length is not a number");
        }

        constraints.ThrowIfNotEmpty();
    }

    private static X509KeyUsageFlags ReadKeyUsage(AsnReader reader)
    {
        // The first bit of the string is the highest of the first byte; the enumeration's order follows that, byte by byte.
        var bits = reader.ReadBitString(out _);
        var usage = X509KeyUsageFlags.None;
        if (bits.Length > 0)
        {
            usage |= (X509KeyUsageFlags)bits[0];
        }

        if (bits.Length > 1)
        {
            usage |= (X509KeyUsageFlags)(bits[1] << 8);
        }

        return usage;
    }
}
