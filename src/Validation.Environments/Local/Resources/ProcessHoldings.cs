using System.Globalization;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Resources;

/// <summary>What a process holds of something that can be limited.</summary>
internal sealed class ProcessHoldings
{
    private const long BytesPerKibibyte = 1024;
    private const string Memory = "VmData:";

    private readonly long _bytes;
    private readonly IReadOnlyList<int>? _descriptors;

    private ProcessHoldings(long bytes, IReadOnlyList<int>? descriptors) => (_bytes, _descriptors) = (bytes, descriptors);

    /// <summary>Reads what a process holds.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="resource">Of what.</param>
    /// <returns>Null when it is gone.</returns>
    public static ProcessHoldings? Read(int pid, ProcessResource resource)
    {
        try
        {
            return resource == ProcessResource.Memory
                ? File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith(Memory, StringComparison.Ordinal)) is { } line ? OfMemory(line) : null
                : OfDescriptors(Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads the memory that a process holds from a line of the form of <c>/proc/PID/status</c>.</summary>
    /// <param name="line">The line: <c>VmData:     1234 kB</c>.</param>
    internal static ProcessHoldings OfMemory(string line) =>
        new(long.Parse(line[Memory.Length..].Replace("kB", string.Empty, StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) * BytesPerKibibyte, null);

    /// <summary>Makes it from the descriptors that a process has open.</summary>
    /// <param name="descriptors">Their numbers.</param>
    internal static ProcessHoldings OfDescriptors(IEnumerable<int> descriptors) => new(0, [.. descriptors.Order()]);

    /// <summary>Returns how much more it may have below a limit; negative when it holds more.</summary>
    /// <param name="limit">Bytes, or the first number that no new descriptor may have.</param>
    public long RemainingBelow(long limit) => _descriptors is null ? limit - _bytes : limit - _descriptors.Count(descriptor => descriptor < limit);

    /// <summary>Returns the limit below which so much more can be had.</summary>
    /// <param name="leave">How much.</param>
    public long LimitThatLeaves(long leave)
    {
        if (_descriptors is null)
        {
            return _bytes + leave;
        }

        // Numbers between those that are open are free too; the kernel gives out the smallest.
        var limit = leave;
        foreach (var descriptor in _descriptors)
        {
            limit += descriptor <= limit ? 1 : 0;
        }

        return limit;
    }
}
