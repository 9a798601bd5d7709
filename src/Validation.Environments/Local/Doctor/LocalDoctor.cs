using System.Globalization;
using System.Reflection;
using Validation.Environments.Local.Nodes;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Doctor;

/// <summary>Examines whether the local environment can work on this machine. Changes nothing.</summary>
public sealed class LocalDoctor
{
    private const int KibibytesPerMebibyte = 1024;
    // Seen: 350 MiB of processes with small programs in the place of SPIRE's. Write-ahead logs lie on tmpfs and may grow
    // to 256 MiB on each of two database nodes; the rest is for SPIRE.
    private const int MemoryNeededMebibytes = 1536;

    private readonly LocalOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Creates the doctor.</summary>
    /// <param name="options">How the environment is to be used.</param>
    /// <param name="time">The clock.</param>
    public LocalDoctor(LocalOptions options, TimeProvider time) => (_options, _time) = (options, time);

    /// <summary>Returns the packages whose programs are not there. Quick: it runs none of them.</summary>
    /// <param name="roles">The roles of the nodes that are wanted; some programs are for one role alone.</param>
    public static IReadOnlyList<string> MissingPackages(IReadOnlySet<string> roles) =>
    [
        .. KnownProgram.All.Where(program => (program.OnlyFor is null || roles.Contains(program.OnlyFor)) && program.Find() is null)
            .Select(program => program.Package).Distinct(),
    ];

    /// <summary>Examines everything.</summary>
    /// <param name="cancellationToken">Ends the examination.</param>
    public async Task<DoctorReport> ExamineAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new DoctorReport([new Prerequisite(
                "Linux", PrerequisiteState.Missing, Environment.OSVersion.VersionString, "Use a Linux machine, or WSL 2 on Windows.")]);
        }

        var programs = await Task.WhenAll(KnownProgram.All.Select(program => ExamineAsync(program, cancellationToken)));
        return new DoctorReport(
        [
            .. programs,
            .. await PatroniClientTrial.RunAsync(cancellationToken),
            await ExamineSpireAsync(cancellationToken),
            ExamineUser(),
            .. await SandboxTrial.RunAsync(cancellationToken),
            ExamineMemory(),
            ExamineProcessors(),
            ExamineClock(),
        ]);
    }

    private static async Task<Prerequisite> ExamineAsync(KnownProgram program, CancellationToken cancellationToken)
    {
        if (program.Find() is not { } path)
        {
            return new Prerequisite(
                program.Name,
                program.OnlyFor is null ? PrerequisiteState.Missing : PrerequisiteState.Doubtful,
                $"not installed; it {program.Purpose}{(program.OnlyFor is { } role ? $", which only stacks with a node '{role}' need" : string.Empty)}",
                $"Install the package {program.Package}.",
                program.Package);
        }

        var version = await program.ReadVersionAsync(cancellationToken);
        return new Prerequisite(program.Name, PrerequisiteState.Met, $"{version ?? "of unknown version"}, {path}");
    }

    private async Task<Prerequisite> ExamineSpireAsync(CancellationToken cancellationToken)
    {
        try
        {
            var programs = await SpirePrograms.FindAsync(_options.SpireDirectory, cancellationToken);
            return new Prerequisite("SPIRE", PrerequisiteState.Met, $"{programs.Flavor}, {string.Join(' ', programs.Server)}");
        }
        catch (HarnessException error)
        {
            return new Prerequisite("SPIRE", PrerequisiteState.Missing, error.Message, error.Hint);
        }
    }

    private static Prerequisite ExamineUser()
    {
        try
        {
            var user = UnprivilegedUser.Find();
            return new Prerequisite("user for PostgreSQL", PrerequisiteState.Met, string.Create(CultureInfo.InvariantCulture, $"uid {user.Uid}"));
        }
        catch (HarnessException error)
        {
            return new Prerequisite(
                "user for PostgreSQL", PrerequisiteState.Missing, error.Message, "Install the package postgresql-common.", "postgresql-common");
        }
    }

    private static Prerequisite ExamineMemory()
    {
        var available = File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal));
        var kibibytes = long.Parse(available.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        var mebibytes = kibibytes / KibibytesPerMebibyte;
        return mebibytes >= MemoryNeededMebibytes
            ? new Prerequisite("free memory", PrerequisiteState.Met, $"{mebibytes} MiB")
            : new Prerequisite(
                "free memory", PrerequisiteState.Doubtful, $"{mebibytes} MiB", $"A default stack needs about {MemoryNeededMebibytes} MiB.");
    }

    private static Prerequisite ExamineProcessors() => Environment.ProcessorCount >= 2
        ? new Prerequisite("processors", PrerequisiteState.Met, Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture))
        : new Prerequisite(
            "processors", PrerequisiteState.Doubtful, "1", "Use at least 2, or the load generator and the stack disturb each other.");

    // Certificates that are made here and now are not valid for programs that believe in another time.
    private Prerequisite ExamineClock()
    {
        var now = _time.GetUtcNow();
        var built = new FileInfo(Assembly.GetExecutingAssembly().Location).LastWriteTimeUtc;
        var text = now.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return now >= built - TimeSpan.FromDays(1)
            ? new Prerequisite("clock", PrerequisiteState.Met, text)
            : new Prerequisite(
                "clock", PrerequisiteState.Doubtful, $"{text}, which is before this program was built", "Set the clock, for example with timedatectl.");
    }
}
