using System.Globalization;

namespace Validation.Core.Running;

/// <summary>The folder that holds everything about one run.</summary>
public sealed class RunDirectory
{
    private RunDirectory(DirectoryInfo root) => Root = root;

    /// <summary>Gets the folder.</summary>
    public DirectoryInfo Root { get; }

    /// <summary>Gets the plan: the scenario after every choice was made.</summary>
    public FileInfo Plan => At("plan.json");

    /// <summary>Gets the events, one JSON object a line.</summary>
    public FileInfo Events => At("events.ndjson");

    /// <summary>Gets the raw samples; see <see cref="Recording.SampleFile"/> for the format.</summary>
    public FileInfo Samples => At("samples.bin");

    /// <summary>Gets the SVIDs that were received; see <see cref="Recording.SvidFile"/> for the format.</summary>
    public FileInfo Svids => At("svids.bin");

    /// <summary>Gets the latencies of every second and load, in the format of <see cref="Recording.HistogramLog"/>.</summary>
    public FileInfo Slices => At("slices.hlog");

    /// <summary>Gets the machine, the programs and their versions.</summary>
    public FileInfo EnvironmentFacts => At("environment.json");

    /// <summary>Gets the verdicts.</summary>
    public FileInfo Result => At("result.json");

    /// <summary>Gets the capacity that was found, when the folder is that of a search.</summary>
    public FileInfo Capacity => At("capacity.json");

    /// <summary>Gets the report for people: one HTML file.</summary>
    public FileInfo HtmlReport => At("report.html");

    /// <summary>Gets the report for terminals and pull requests.</summary>
    public FileInfo MarkdownReport => At("report.md");

    /// <summary>Gets the report for CI servers.</summary>
    public FileInfo JUnitReport => At("junit.xml");

    /// <summary>Gets the folder with a log file for each node.</summary>
    public DirectoryInfo Logs => new(Path.Combine(Root.FullName, "logs"));

    /// <summary>Gets the folders of the repetitions, in their order; none when the run was made once.</summary>
    public IReadOnlyList<RunDirectory> Repetitions =>
    [
        .. Root.EnumerateDirectories("repetition-*").OrderBy(folder => folder.Name, StringComparer.Ordinal)
            .Select(folder => new RunDirectory(folder)).Where(repetition => repetition.Plan.Exists),
    ];

    /// <summary>Makes the folder of a repetition.</summary>
    /// <param name="number">Its number, from 1.</param>
    public RunDirectory CreateRepetition(int number) =>
        Create(new DirectoryInfo(Path.Combine(Root.FullName, string.Create(CultureInfo.InvariantCulture, $"repetition-{number:000}"))));

    /// <summary>Makes the folder of a level of a search for a capacity.</summary>
    /// <param name="number">Its number, from 1.</param>
    public RunDirectory CreateLevel(int number) =>
        Create(new DirectoryInfo(Path.Combine(Root.FullName, string.Create(CultureInfo.InvariantCulture, $"level-{number:00}"))));

    /// <summary>Makes a folder for a run.</summary>
    /// <param name="root">The folder.</param>
    public static RunDirectory Create(DirectoryInfo root)
    {
        root.Create();
        var directory = new RunDirectory(root);
        directory.Logs.Create();
        return directory;
    }

    /// <summary>Makes the folder <c>reports/SCENARIO/TIME</c> for a new run and points <c>reports/SCENARIO/latest</c> to it.</summary>
    /// <param name="reports">The folder for all reports; made when it does not exist.</param>
    /// <param name="scenario">The scenario's name.</param>
    /// <param name="startedAt">When the run started.</param>
    public static RunDirectory Create(DirectoryInfo reports, string scenario, DateTimeOffset startedAt)
    {
        var name = startedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH-mm-ss'Z'", CultureInfo.InvariantCulture);
        var parent = reports.CreateSubdirectory(scenario);
        var root = new DirectoryInfo(Path.Combine(parent.FullName, name));
        for (var again = 2; root.Exists; again++)
        {
            root = new DirectoryInfo(Path.Combine(parent.FullName, $"{name}-{again}"));
        }

        var directory = Create(root);
        PointTo(Path.Combine(parent.FullName, "latest"), root.Name);
        return directory;
    }

    /// <summary>Opens the folder of an earlier run.</summary>
    /// <param name="root">The folder.</param>
    /// <exception cref="HarnessException">It is not the folder of a run.</exception>
    public static RunDirectory Open(DirectoryInfo root)
    {
        var directory = new RunDirectory(root);
        return directory.Plan.Exists
            ? directory
            : throw new HarnessException(
                ExitCode.InvalidInput,
                $"{root.FullName}: not the folder of a run; it has no plan.json.",
                "Give a folder such as reports/quick-start/latest.");
    }

    private static void PointTo(string link, string target)
    {
        // A convenience for people. On file systems without symbolic links there is simply none.
        try
        {
            File.Delete(link);
            File.CreateSymbolicLink(link, target);
        }
        catch (IOException)
        {
        }
        catch (UnauthorizedAccessException)
        {
        }
    }

    private FileInfo At(string name) => new(Path.Combine(Root.FullName, name));
}
