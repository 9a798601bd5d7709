using System.Globalization;

namespace Validation.Environments.Local.Supervisor;

/// <summary>Says how a process ended.</summary>
internal static class Exit
{
    // .NET reports a process that a signal ended the way shells do.
    private const int SignalBase = 128;

    private static readonly Dictionary<int, string> Signals = new()
    {
        [1] = "SIGHUP",
        [2] = "SIGINT",
        [3] = "SIGQUIT",
        [6] = "SIGABRT",
        [7] = "SIGBUS",
        [9] = "SIGKILL",
        [11] = "SIGSEGV",
        [13] = "SIGPIPE",
        [15] = "SIGTERM",
    };

    /// <summary>Returns how a process ended, as the end of a sentence.</summary>
    /// <param name="exitCode">Its exit code as .NET reports it.</param>
    public static string Describe(int exitCode) => exitCode > SignalBase
        ? $"ended by {Signals.GetValueOrDefault(exitCode - SignalBase, $"signal {exitCode - SignalBase}")}"
        : string.Create(CultureInfo.InvariantCulture, $"ended with exit code {exitCode}");
}
