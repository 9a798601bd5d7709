using System.Diagnostics;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Tests.Local.Sandbox;

public sealed class RemainsTests
{
    [SkippableFact]
    public async Task DemandNone_AProcessIsStillInTheNamespace_NamesIt()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs Linux");
        var remains = new Remains();
        remains.Remember(Environment.ProcessId);

        // This very process is in its own namespace and stays there.
        await remains.Invoking(those => those.DemandNoneAsync()).Should().ThrowAsync<HarnessException>()
            .Where(error => error.ExitCode == ExitCode.LeftUnclean && error.Message.Contains($"{Environment.ProcessId}"));
    }

    [SkippableFact]
    public async Task DemandNone_TheSandboxWasNeverMade_DemandsNothing()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs Linux");
        var since = Stopwatch.GetTimestamp();

        await new Remains().DemandNoneAsync();

        Stopwatch.GetElapsedTime(since).Should().BeLessThan(TimeSpan.FromSeconds(5));
    }
}
