namespace Validation.Environments.Cluster.Tools;

/// <summary>What a program that ended has printed.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record ToolAnswer(int ExitCode, string Output, string Errors)
{
    /// <summary>Gets whether it succeeded.</summary>
    public bool Succeeded => ExitCode == 0;
}
