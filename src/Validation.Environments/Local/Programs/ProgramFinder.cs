namespace Validation.Environments.Local.Programs;

/// <summary>Finds the programs that the local environment runs.</summary>
/// <remarks>
/// Looks into PATH and then where administrators' programs lie: an ordinary user's PATH often lacks them, although
/// inside the sandbox everyone may use them. PostgreSQL's own programs lie in a directory for each version on Debian.
/// </remarks>
internal static class ProgramFinder
{
    private static readonly string[] Administrators = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
    private static readonly string[] PostgresRoots = ["/usr/lib/postgresql", "/usr/pgsql"];

    /// <summary>Gets the directories that are searched, in order.</summary>
    public static IReadOnlyList<string> Directories { get; } =
    [
        .. (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(Administrators)
            .Distinct(),
    ];

    /// <summary>Returns the full path of a program.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The path, or null when there is no such program.</returns>
    public static string? Find(string name) =>
        Directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(IsExecutable);

    /// <summary>Returns the full path of a program that must be there.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="HarnessException">There is no such program.</exception>
    public static string Require(string name) => Find(name) ?? throw Missing(name);

    /// <summary>Returns the directory with PostgreSQL's own programs, of the newest version that is installed.</summary>
    /// <returns>The directory that holds <c>postgres</c> and <c>initdb</c>, or null when there is none.</returns>
    public static string? FindPostgresDirectory() =>
        PostgresRoots
            .Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories)
            .OrderByDescending(directory => int.TryParse(Path.GetFileName(directory), out var version) ? version : 0)
            .Select(directory => Path.Combine(directory, "bin"))
            .Concat(Directories)
            .FirstOrDefault(directory =>
                IsExecutable(Path.Combine(directory, "postgres")) && IsExecutable(Path.Combine(directory, "initdb")));

    /// <summary>Returns the directory with PostgreSQL's own programs, which must be there.</summary>
    /// <exception cref="HarnessException">PostgreSQL is not installed.</exception>
    public static string RequirePostgresDirectory() => FindPostgresDirectory() ?? throw Missing("postgres");

    private static HarnessException Missing(string name) => new(
        ExitCode.EnvironmentFailed,
        $"The program '{name}' was not found in {string.Join(", ", Directories)}.",
        "'doctor' lists everything that is needed and how to get it.");

    private static bool IsExecutable(string path) =>
        File.Exists(path)
        && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
