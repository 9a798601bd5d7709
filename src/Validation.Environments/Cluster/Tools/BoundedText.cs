using System.Text;

namespace Validation.Environments.Cluster.Tools;

/// <summary>Reads what a program prints, up to a limit: a cluster can hold more than the harness has memory for.</summary>
internal static class BoundedText
{
    /// <summary>The most characters that a program may print.</summary>
    public const int MostOutput = 32 * 1024 * 1024;

    private const int MostErrors = 16 * 1024;
    private const int Chunk = 16 * 1024;

    /// <summary>Reads everything.</summary>
    /// <param name="reader">The program's output.</param>
    /// <param name="program">Its name, for the error.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HarnessException">It is more than <see cref="MostOutput"/>.</exception>
    public static async Task<string> ReadAllAsync(TextReader reader, string program, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var chunk = new char[Chunk];
        while (await reader.ReadAsync(chunk, cancellationToken) is var read and > 0)
        {
            text.Append(chunk, 0, read);
            if (text.Length > MostOutput)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed, $"{program} printed more than {MostOutput / 1024 / 1024} MiB; the harness does not read that much.");
            }
        }

        return text.ToString();
    }

    /// <summary>Reads to the end and keeps the last 16 KiB.</summary>
    /// <param name="reader">The program's standard error.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<string> ReadEndAsync(TextReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var chunk = new char[Chunk];
        while (await reader.ReadAsync(chunk, cancellationToken) is var read and > 0)
        {
            text.Append(chunk, 0, read);
            if (text.Length > MostErrors)
            {
                text.Remove(0, text.Length - MostErrors);
            }
        }

        return text.ToString();
    }
}
