using Validation.Environments.Local.Programs;

namespace Validation.Environments.Cluster.Tools;

/// <summary>The real docker, as a process.</summary>
internal sealed class Docker : IDocker
{
    private const string Program = "docker";

    private readonly SecretMask _mask;
    private readonly TimeProvider _time;

    /// <summary>Creates it.</summary>
    /// <param name="mask">The secrets that its errors must not show.</param>
    /// <param name="time">The clock.</param>
    public Docker(SecretMask mask, TimeProvider time) => (_mask, _time) = (mask, time);

    /// <summary>Returns the full path of the program.</summary>
    /// <exception cref="HarnessException">There is none.</exception>
    public static string Find() => ProgramFinder.Find(Program) ?? throw new HarnessException(
        ExitCode.EnvironmentFailed,
        $"There is no '{Program}' in {string.Join(", ", ProgramFinder.Directories)}.",
        "Install it (apt-get install docker.io) and start its engine, or use another environment: --environment local needs no Docker.");

    /// <inheritdoc/>
    public Task<ToolAnswer> RunAsync(DockerCommand command, CancellationToken cancellationToken) =>
        ToolProcess.RunAsync([Find(), .. command.Arguments], command.Input, command.Limit, _mask, _time, cancellationToken);

    /// <inheritdoc/>
    public IToolSession Open(DockerCommand command) => ToolProcess.Open(
        [Find(), .. command.Arguments], readsInput: command.Arguments.Any(IsInput), _mask, _time);

    private static bool IsInput(string argument) => argument is "-i" or "--interactive";
}
