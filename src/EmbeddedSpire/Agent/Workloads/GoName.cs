using System.Security.Cryptography.X509Certificates;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>Writes the names of certificates as Go does: <c>O=SPIRE,C=US</c>, the last part first.</summary>
internal static class GoName
{
    private static readonly Dictionary<string, string> Types = new()
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
    public static string Format(ReadOnlySpan<byte> name) => string.Join(',', new X500DistinguishedName(name)
        .EnumerateRelativeDistinguishedNames(reversed: true)
        .Where(part => !part.HasMultipleElements)
        .Select(part => (Type: part.GetSingleElementType().Value!, Value: part.GetSingleElementValue()))
        .Select(part => $"{Types.GetValueOrDefault(part.Type, part.Type)}={part.Value}"));
}
