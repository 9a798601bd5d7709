namespace Validation.Environments.Cluster.Tools;

/// <summary>One call of docker.</summary>
/// <param name="Arguments">The arguments.</param>
/// <param name="Input">What is written to its standard input. Never printed, because it may hold a secret.</param>
/// <param name="Writes">True when it changes something on the engine. A plan does all that do not, and only names those that do.</param>
internal sealed record DockerCommand(IReadOnlyList<string> Arguments, string? Input = null, bool Writes = false)
{
    /// <summary>Gets how long it may take; it is killed afterwards. Does not hold for commands that are opened.</summary>
    /// <value>Defaults to one minute.</value>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Returns a command that only reads.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static DockerCommand Read(params string[] arguments) => new(arguments);

    /// <summary>Returns a command that changes something on the engine.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static DockerCommand Write(params string[] arguments) => new(arguments, Writes: true);

    /// <inheritdoc/>
    public override string ToString() => ShellLine.Of(["docker", .. Arguments]);
}
