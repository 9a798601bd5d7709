using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Tests.K3s.Kit;

/// <summary>Runs here, under a shell of this machine, what docker would run in a container, with programs of the test's own before all others.</summary>
/// <param name="shell">In place of <c>sh</c>.</param>
/// <param name="programs">The folder with the test's own programs.</param>
internal sealed class ShellInsteadOfDocker(IReadOnlyList<string> shell, DirectoryInfo programs) : IDocker
{
    /// <summary>Gets what is going on, in the order in which it was begun.</summary>
    public List<IToolSession> Sessions { get; } = [];

    public Task<ToolAnswer> RunAsync(DockerCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IToolSession Open(DockerCommand command)
    {
        // exec --interactive CONTAINER sh …
        var session = ToolProcess.Open(
            ["/usr/bin/env", $"PATH={programs.FullName}:/usr/bin:/bin", .. shell, .. command.Arguments.Skip(4)], readsInput: true, new SecretMask(), TimeProvider.System);
        Sessions.Add(session);
        return session;
    }
}
