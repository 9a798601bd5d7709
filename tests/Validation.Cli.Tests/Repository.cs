using System.Runtime.CompilerServices;

namespace Validation.Cli.Tests;

/// <summary>The source tree these tests were built from.</summary>
internal static class Repository
{
    /// <summary>Gets its folder.</summary>
    public static DirectoryInfo Root { get; } = Find();

    /// <summary>Returns the text of a file.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root.FullName, path));

    private static DirectoryInfo Find([CallerFilePath] string here = "") => new FileInfo(here).Directory!.Parent!.Parent!;
}
