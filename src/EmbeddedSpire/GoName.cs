using System.Security.Cryptography.X509Certificates;

namespace EmbeddedSpire;

/// <summary>Names of certificates as Go writes them: the last part first, without blanks.</summary>
internal static class GoName
{
    private static readonly Dictionary<string, string> Labels = new()
    {
        ["2.5.4.3"] = "CN",
        ["2.5.4.5"] = "SERIALNUMBER",
        ["2.5.4.6"] = "C",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.9"] = "STREET",
        ["2.5.4.10"] = "O",
        ["2.5.4.11"] = "OU",
        ["2.5.4.17"] = "POSTALCODE",
    };

    /// <summary>Writes a name.</summary>
    /// <param name="name">The name in DER.</param>
    public static string Format(ReadOnlyMemory<byte> name) => string.Join(',', new X500DistinguishedName(name.Span)
        .EnumerateRelativeDistinguishedNames(reversed: true)
        .Where(part => !part.HasMultipleElements)
        .Select(part => (Type: part.GetSingleElementType().Value!, Value: part.GetSingleElementValue()))
        .Select(part => $"{Labels.GetValueOrDefault(part.Type, part.Type)}={part.Value}"));
}
