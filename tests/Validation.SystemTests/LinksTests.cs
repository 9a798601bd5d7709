using Validation.Core;

namespace Validation.SystemTests;

/// <summary>Every fault of links on a real stack: proven, held and healed, several at a time.</summary>
[Trait("Kind", "System")]
public sealed class LinksTests
{
    [SkippableFact]
    public async Task Run_EveryFaultOfLinks_IsProvenAndHealed()
    {
        Capability.RequireRoot();

        using var harness = await Harness.RunAsync("short-links.yaml");

        harness.ExitCode.Should().Be(ExitCode.Pass, harness.Output);
        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
    }
}
