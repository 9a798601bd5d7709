namespace Validation.Environments.Cluster.Tools;

/// <summary>What a program that ended has printed.</summary>
/// <param name="ExitCode">Its exit code; 128 and the signal's number when a signal ended it.</param>
/// <param name="Output">Its standard output. Empty for a session, whose output was read while it went on.</param>
/// <param name="Errors">Its standard error, without the secrets of the run.</param>
internal sealed record ToolAnswer(int ExitCode, string Output, string Errors)
{
    /// <summary>Gets whether it succeeded.</summary>
    public bool Succeeded => ExitCode == 0;
}
