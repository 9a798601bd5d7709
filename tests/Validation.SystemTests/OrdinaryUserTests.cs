using Validation.Core;

namespace Validation.SystemTests;

/// <summary>The same as an ordinary user, by user namespaces.</summary>
[Trait("Kind", "System")]
public sealed class OrdinaryUserTests
{
    [SkippableFact]
    public async Task Run_AsAnOrdinaryUser_PassesAndLeavesNothing()
    {
        Capability.RequireRoot();
        using var program = new ProgramCopy();

        // Another user, without any of root's rights; its home is where nothing can be written by accident.
        string[] nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "env", $"HOME={program.Folder.FullName}"];
        using var harness = Harness.Start(nobody, program.Folder, "run", program.PathOf("short-kill.yaml"));

        (await harness.WaitAsync()).Should().Be(ExitCode.Pass, harness.Output);
        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
    }

    /// <summary>The program where every user can read it; the repository may lie in root's home.</summary>
    private sealed class ProgramCopy : IDisposable
    {
        public ProgramCopy()
        {
            Folder = Directory.CreateTempSubdirectory("validation-system-test-");
            foreach (var file in Harness.Here().EnumerateFiles("*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(Folder.FullName, Path.GetRelativePath(AppContext.BaseDirectory, file.FullName));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                file.CopyTo(copy);
            }

            foreach (var folder in Folder.EnumerateDirectories("*", SearchOption.AllDirectories).Prepend(Folder))
            {
                folder.UnixFileMode = (UnixFileMode)0b111_101_101;
            }
        }

        public DirectoryInfo Folder { get; }

        public string PathOf(string scenario) => Path.Combine(Folder.FullName, "Scenarios", scenario);

        public void Dispose() => Folder.Delete(recursive: true);
    }
}
