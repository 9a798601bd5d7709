using System.Text.RegularExpressions;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Nodes;

/// <summary>Which SPIRE a stack runs.</summary>
/// <param name="Server">The command of the server, to which <c>run -config FILE</c> is added.</param>
/// <param name="Agent">The command of the agent, likewise.</param>
/// <param name="Flavor">What it is, for reports: <c>embedded SPIRE</c>, <c>SPIRE 1.15.3</c>.</param>
internal sealed partial record SpirePrograms(IReadOnlyList<string> Server, IReadOnlyList<string> Agent, string Flavor)
{
    private const string ServerProgram = "spire-server";
    private const string AgentProgram = "spire-agent";
    private const string EmbeddedAssembly = "EmbeddedSpire.dll";
    private const string EmbeddedFlavor = "embedded SPIRE";

    /// <summary>Gets the release with which nodes can be tried.</summary>
    /// <value>Null when there is none. The embedded SPIRE has itself, under another name.</value>
    public SpirePrograms? Next { get; init; }

    /// <summary>Returns whether <see cref="FindAsync"/> will find the embedded one.</summary>
    /// <param name="directory">The directory that was given; null when none was.</param>
    public static bool IsEmbedded(DirectoryInfo? directory) =>
        directory is null && (ProgramFinder.Find(ServerProgram) is null || ProgramFinder.Find(AgentProgram) is null);

    /// <summary>Finds SPIRE: in the given directory, else in PATH, else the embedded one.</summary>
    /// <param name="directory">
    /// A directory with <c>spire-server</c> and <c>spire-agent</c>, in it or in its <c>bin</c>; null when none was given.
    /// </param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="HarnessException">The directory lacks a program, or there is no SPIRE at all.</exception>
    public static async Task<SpirePrograms> FindAsync(DirectoryInfo? directory, CancellationToken cancellationToken)
    {
        if (directory is not null)
        {
            return await RealAsync(InDirectory(directory, ServerProgram), InDirectory(directory, AgentProgram), cancellationToken);
        }

        if (ProgramFinder.Find(ServerProgram) is { } server && ProgramFinder.Find(AgentProgram) is { } agent)
        {
            return await RealAsync(server, agent, cancellationToken);
        }

        var embedded = Path.Combine(AppContext.BaseDirectory, EmbeddedAssembly);
        return File.Exists(embedded)
            ? new SpirePrograms([DotnetHost.Program, embedded, "server"], [DotnetHost.Program, embedded, "agent"], EmbeddedFlavor)
            {
                Next = new SpirePrograms([DotnetHost.Program, embedded, "next", "server"], [DotnetHost.Program, embedded, "next", "agent"], EmbeddedFlavor),
            }
            : throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"There is no SPIRE: '{ServerProgram}' and '{AgentProgram}' are not in PATH, and {embedded} does not exist.",
                "Give the directory of a SPIRE release with --spire.");
    }

    private static async Task<SpirePrograms> RealAsync(string server, string agent, CancellationToken cancellationToken)
    {
        // SPIRE writes its version to standard error.
        var result = await Tool.TryRunAsync([server, "--version"], null, Tool.DefaultLimit, cancellationToken);
        var version = Version().Match(result.Output + result.Errors);
        return version.Success
            ? new SpirePrograms([server], [agent], $"SPIRE {version.Value}")
            : throw new HarnessException(
                ExitCode.InvalidInput, $"{server} --version: says '{(result.Output + result.Errors).Trim()}', which holds no version.");
    }

    private static string InDirectory(DirectoryInfo directory, string program)
    {
        string[] candidates = [Path.Combine(directory.FullName, program), Path.Combine(directory.FullName, "bin", program)];
        return Array.Find(candidates, File.Exists) ?? throw new HarnessException(
            ExitCode.InvalidInput,
            $"{directory.FullName}: has no '{program}', neither in it nor in its 'bin'.",
            "Give the directory of a SPIRE release, which holds both spire-server and spire-agent.");
    }

    [GeneratedRegex(@"\d+\.\d+\.\d+\S*")]
    private static partial Regex Version();
}
