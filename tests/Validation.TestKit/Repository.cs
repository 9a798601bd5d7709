namespace Validation.TestKit;

/// <summary>The source tree these tests were built in.</summary>
/// <remarks>It is looked for above the built tests: on a CI server the compiler puts <c>/_/</c> in the place of source paths.</remarks>
public static class Repository
{
    private const string Solution = "Validation.sln";

    /// <summary>Gets its folder.</summary>
    public static DirectoryInfo Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>Gets the folder of the test project that runs.</summary>
    public static DirectoryInfo Project { get; } =
        // artifacts/bin/PROJECT/CONFIGURATION/
        new(Path.Combine(Root.FullName, "tests", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name));

    /// <summary>Returns the text of a file.</summary>
    /// <param name="path">Where it is in the tree.</param>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root.FullName, path));

    private static DirectoryInfo Find(DirectoryInfo? here)
    {
        for (; here is not null; here = here.Parent)
        {
            if (File.Exists(Path.Combine(here.FullName, Solution)))
            {
                return here;
            }
        }

        throw new InvalidOperationException($"There is no {Solution} above {AppContext.BaseDirectory}.");
    }
}
