using Validation.Core;
using Validation.Core.Comparing;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Cli.Composition;

/// <summary>Reads the figures of runs, by which they are compared. Judges their recordings for it, and writes nothing.</summary>
internal sealed class FiguresReader
{
    private readonly CliHost _host;
    private readonly Catalog _catalog;

    /// <summary>Creates the reader.</summary>
    /// <param name="host">The outside.</param>
    public FiguresReader(CliHost host) => (_host, _catalog) = (host, new Catalog(host.Time));

    /// <summary>Gets how many runs are left out although their generator kept up: what became of them may be the stack's doing.</summary>
    public int LeftOutOpen { get; private set; }

    /// <summary>Reads a group of runs.</summary>
    /// <param name="group">Folders of runs or baseline files, separated by commas.</param>
    /// <returns>Those that say something about the stack; at least one. Which are left out is told.</returns>
    /// <exception cref="HarnessException">One of them is no run, or none of them can be compared.</exception>
    public List<RunFigures> Read(string group)
    {
        var runs = group.Split(',', StringSplitOptions.RemoveEmptyEntries).SelectMany(ReadOne).ToList();
        return runs.Count > 0 ? runs : throw new HarnessException(ExitCode.InvalidInput, $"{group}: none of these runs can be compared.");
    }

    /// <summary>Refuses runs of different scenarios or environments.</summary>
    /// <param name="runs">The runs; at least one.</param>
    /// <exception cref="HarnessException">They cannot be compared.</exception>
    public static List<RunFigures> OfOneScenario(List<RunFigures> runs)
    {
        var other = runs.FirstOrDefault(run => run.Scenario != runs[0].Scenario || run.Environment != runs[0].Environment);
        return other is null
            ? runs
            : throw new HarnessException(
                ExitCode.InvalidInput,
                $"{other.Run} is a run of '{other.Scenario}' in '{other.Environment}', and {runs[0].Run} one of '{runs[0].Scenario}' in '{runs[0].Environment}'.",
                "Only runs of the same scenario in the same environment can be compared.");
    }

    private IEnumerable<RunFigures> ReadOne(string path)
    {
        // As the shell sees it; or as the harness prints it.
        var full = Path.Exists(path) ? Path.GetFullPath(path) : Path.Combine(_host.Home.FullName, path);
        if (File.Exists(full))
        {
            return HarnessJson.Read<Baseline>(new FileInfo(full)).Runs is { } runs && !runs.Contains(null!)
                ? runs
                : throw new HarnessException(ExitCode.InvalidInput, $"{full}: is no baseline; it has no runs.");
        }

        var directory = RunDirectory.Open(new DirectoryInfo(full));
        return directory.Repetitions.Count > 0
            ? directory.Repetitions.SelectMany(repetition => ReadRun(repetition, $"{path.TrimEnd('/')}/{repetition.Root.Name}"))
            : ReadRun(directory, path);
    }

    private IEnumerable<RunFigures> ReadRun(RunDirectory directory, string path)
    {
        var recording = RunRecording.Read(directory);
        var result = Judge.Of(recording, _catalog.Invariants);
        if (RunFigures.Taint(result) is not { } taint)
        {
            return [RunFigures.Of(path, recording, result)];
        }

        LeftOutOpen += taint.Kind == FindingKind.Generator ? 0 : 1;
        _host.Errors.WriteLine($"{path} is left out: {taint.Statement}");
        return [];
    }
}
