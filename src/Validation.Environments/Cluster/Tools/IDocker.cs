namespace Validation.Environments.Cluster.Tools;

/// <summary>The <c>docker</c> program, with whatever engine the user's own docker reaches.</summary>
internal interface IDocker
{
    /// <summary>Runs a command to its end.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <returns>What it printed, also when it failed.</returns>
    /// <exception cref="HarnessException">There is no docker, it took longer than the command's limit, or printed too much.</exception>
    Task<ToolAnswer> RunAsync(DockerCommand command, CancellationToken cancellationToken);

    /// <summary>Starts a command that goes on: <c>exec --interactive</c>, <c>save</c>.</summary>
    /// <param name="command">The command.</param>
    /// <exception cref="HarnessException">There is no docker.</exception>
    IToolSession Open(DockerCommand command);
}
