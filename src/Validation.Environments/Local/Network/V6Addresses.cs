using System.Net;

namespace Validation.Environments.Local.Network;

/// <summary>The IPv6 addresses that the kernel lists in <c>/proc/net/if_inet6</c>.</summary>
internal static class V6Addresses
{
    // A line is: address, number of the device, length of the prefix, scope, flags, device; all but the last are hexadecimal.
    private const int AddressField = 0, ScopeField = 3;
    private const string Global = "00";

    /// <summary>Reads those that are valid beyond one link, unique local ones too; the kernel may not let anybody use one yet.</summary>
    /// <param name="path">The file.</param>
    /// <returns>None when the kernel has no IPv6.</returns>
    public static IReadOnlyList<IPAddress> Read(string path) => File.Exists(path) ? Parse(File.ReadAllLines(path)) : [];

    /// <summary>Reads them from the file's lines.</summary>
    /// <param name="lines">The lines.</param>
    internal static IReadOnlyList<IPAddress> Parse(IEnumerable<string> lines) =>
    [
        .. from line in lines
           let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
           where fields[ScopeField] == Global
           select new IPAddress(Convert.FromHexString(fields[AddressField])),
    ];
}
