using System.Globalization;
using System.Text;

namespace Validation.Environments.Local.Supervisor;

/// <summary>A node's log file. Its programs write to it directly; starts and ends are marked by lines of ours.</summary>
internal sealed class NodeLog
{
    private const int TailBytes = 64 * 1024;
    private readonly TimeProvider _time;

    /// <summary>Opens the log.</summary>
    /// <param name="directory">The directory for logs.</param>
    /// <param name="node">The node's name.</param>
    /// <param name="time">The clock.</param>
    public NodeLog(DirectoryInfo directory, string node, TimeProvider time)
    {
        _time = time;
        File = new FileInfo(Path.Combine(directory.FullName, $"{node}.log"));
        // Made here, so that it belongs to us and not to whichever user the program runs as.
        Append(string.Empty);
    }

    /// <summary>Gets the file.</summary>
    public FileInfo File { get; }

    /// <summary>Marks what happened to the node with a line that begins with <c>===</c>, if that is possible.</summary>
    /// <param name="sentence">What happened.</param>
    public void Mark(string sentence)
    {
        try
        {
            Append(string.Create(CultureInfo.InvariantCulture, $"=== {_time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {sentence}\n"));
        }
        catch (IOException)
        {
            // A harness that has no descriptor left, or no space, still has to take its stack down.
        }
    }

    /// <summary>Returns the last lines.</summary>
    /// <param name="lines">How many at most.</param>
    public IReadOnlyList<string> Tail(int lines)
    {
        using var stream = new FileStream(File.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var cut = stream.Length > TailBytes;
        stream.Seek(cut ? -TailBytes : 0, cut ? SeekOrigin.End : SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        var all = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // The first line may have lost its beginning.
        return [.. all.Skip(cut ? 1 : 0).TakeLast(lines)];
    }

    private void Append(string text)
    {
        // Appending in one write: the node's programs append at the same time.
        using var stream = new FileStream(File.FullName, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        stream.Write(Encoding.UTF8.GetBytes(text));
    }
}
