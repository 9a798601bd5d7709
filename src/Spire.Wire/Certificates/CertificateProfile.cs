using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Spire.Wire.Certificates;

/// <summary>Names, serial numbers and extensions as SPIRE 1.15 gives them, in its order.</summary>
internal static class CertificateProfile
{
    /// <summary>How far the life of a certificate begins in the past, for peers whose clocks are behind.</summary>
    public static readonly TimeSpan Backdate = TimeSpan.FromSeconds(10);

    private const int SerialNumberSize = 16;

    // The order in which Go writes the parts of a name; others it leaves out.
    private static readonly string[] NameOrder =
    [
        ObjectIds.Country, ObjectIds.Organization, ObjectIds.OrganizationalUnit, ObjectIds.Locality, ObjectIds.Province,
        ObjectIds.StreetAddress, ObjectIds.PostalCode, ObjectIds.CommonName, ObjectIds.SerialNumber,
    ];

    private static readonly OidCollection ServerAndClient = [new(ObjectIds.ServerAuthentication), new(ObjectIds.ClientAuthentication)];

    /// <summary>Draws a serial number between 1 and 2^128 − 1.</summary>
    public static byte[] DrawSerialNumber()
    {
        byte[] serial;
        do
        {
            serial = RandomNumberGenerator.GetBytes(SerialNumberSize);
        }
        while (serial.AsSpan().IndexOfAnyExcept((byte)0) < 0);

        return serial;
    }

    public static X500DistinguishedName SvidName(string? commonName = null) => Name(
        (ObjectIds.Country, "US"), (ObjectIds.Organization, "SPIRE"), (ObjectIds.CommonName, commonName));

    /// <summary>Returns a name with the parts of a requested one that Go knows, in Go's order.</summary>
    /// <param name="requested">What a request asks for.</param>
    /// <param name="changes">Parts that take the place of requested ones, or of none.</param>
    public static X500DistinguishedName NameLike(X500DistinguishedName requested, params ReadOnlySpan<(string Id, string? Value)> changes)
    {
        var values = ReadName(requested);
        foreach (var (id, value) in changes)
        {
            if (value is not null)
            {
                values[id] = [value];
            }
        }

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var id in NameOrder)
            {
                WritePart(writer, id, values.GetValueOrDefault(id) ?? []);
            }
        }

        return new X500DistinguishedName(writer.Encode());
    }

    /// <summary>Returns the name of an authority, which contains its serial number so that no two have the same.</summary>
    public static X500DistinguishedName AuthorityName(ReadOnlySpan<byte> serialNumber) => Name(
        (ObjectIds.Country, "US"),
        (ObjectIds.Organization, "SPIFFE"),
        (ObjectIds.SerialNumber, new BigInteger(serialNumber, isUnsigned: true, isBigEndian: true).ToString(System.Globalization.CultureInfo.InvariantCulture)));

    public static IEnumerable<X509Extension> SvidExtensions(PublicKey key, string issuerKeyId, SpiffeId id, IEnumerable<string> dnsNames) =>
    [
        new X509KeyUsageExtension(
            X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.KeyAgreement, critical: true),
        new X509EnhancedKeyUsageExtension(ServerAndClient, critical: false),
        new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true),
        SubjectKeyIdentifier(key),
        X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(Convert.FromHexString(issuerKeyId)),
        AlternativeNames(id, dnsNames),
    ];

    /// <param name="key">The authority's own key.</param>
    /// <param name="issuerKeyId">The key that signs; null when that is its own.</param>
    /// <param name="trustDomain">Where it is an authority.</param>
    public static IEnumerable<X509Extension> AuthorityExtensions(PublicKey key, string? issuerKeyId, TrustDomain trustDomain)
    {
        yield return new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true);
        yield return new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true);
        yield return SubjectKeyIdentifier(key);
        if (issuerKeyId is not null)
        {
            yield return X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(Convert.FromHexString(issuerKeyId));
        }

        yield return AlternativeNames(trustDomain.Id, []);
    }

    /// <summary>Writes alternative names: first DNS names, then the SPIFFE id, character by character as it is.</summary>
    public static X509Extension AlternativeNames(SpiffeId id, IEnumerable<string> dnsNames)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var dnsName in dnsNames)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, dnsName, new Asn1Tag(TagClass.ContextSpecific, 2));
            }

            writer.WriteCharacterString(UniversalTagNumber.IA5String, id.ToString(), new Asn1Tag(TagClass.ContextSpecific, 6));
        }

        return new X509Extension(ObjectIds.SubjectAlternativeName, writer.Encode(), critical: false);
    }

    private static X509SubjectKeyIdentifierExtension SubjectKeyIdentifier(PublicKey key) =>
        new(key, X509SubjectKeyIdentifierHashAlgorithm.Sha1, critical: false);

    /// <summary>Writes a name as Go does: printable strings where they suffice, parts without a value left out.</summary>
    private static X500DistinguishedName Name(params ReadOnlySpan<(string Id, string? Value)> parts)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var (id, value) in parts)
            {
                WritePart(writer, id, value is null ? [] : [value]);
            }
        }

        return new X500DistinguishedName(writer.Encode());
    }

    private static void WritePart(AsnWriter writer, string id, IReadOnlyCollection<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        using (writer.PushSetOf())
        {
            foreach (var value in values)
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(id);
                    writer.WriteCharacterString(IsPrintable(value) ? UniversalTagNumber.PrintableString : UniversalTagNumber.UTF8String, value);
                }
            }
        }
    }

    private static Dictionary<string, List<string>> ReadName(X500DistinguishedName name)
    {
        var values = new Dictionary<string, List<string>>();
        var parts = new AsnReader(name.RawData, AsnEncodingRules.DER).ReadSequence();
        while (parts.HasData)
        {
            var part = parts.ReadSetOf();
            while (part.HasData)
            {
                var pair = part.ReadSequence();
                var id = pair.ReadObjectIdentifier();
                var text = pair.ReadCharacterString((UniversalTagNumber)pair.PeekTag().TagValue);
                if (!values.TryGetValue(id, out var texts))
                {
                    values[id] = texts = [];
                }

                texts.Add(text);
            }
        }

        return values;
    }

    private static bool IsPrintable(string value) =>
        !value.AsSpan().ContainsAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?");
}
