using Validation.Environments.Local.Doctor;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Tests.Local.Doctor;

public sealed class SandboxTrialTests
{
    [Fact]
    public void Read_NoNamespaces_RepeatsTheKernelsWordsWithARemedy()
    {
        var found = SandboxTrial.Read(new ToolResult(1, string.Empty, "unshare: unshare failed: Operation not permitted\n"));

        found.Should().ContainSingle().Which.Should().Match<Prerequisite>(prerequisite =>
            prerequisite.State == PrerequisiteState.Missing
            && prerequisite.Seen == "unshare: unshare failed: Operation not permitted"
            && prerequisite.Remedy != null);
    }

    [Fact]
    public void Read_OneStepFailed_SaysWhichAndWhy()
    {
        var found = SandboxTrial.Read(new ToolResult(
            0,
            "ok namespaces\nok private /run and /dev/shm\nok packet forwarding\nok network namespaces\n"
            + "no nftables sets with timeout and counter: Error: Operation not supported\nok a user of its own for PostgreSQL\n",
            string.Empty));

        found.Where(prerequisite => prerequisite.State == PrerequisiteState.Missing).Should().ContainSingle()
            .Which.Should().Match<Prerequisite>(prerequisite =>
                prerequisite.Name == "nftables sets with timeout and counter" && prerequisite.Seen == "Error: Operation not supported");
    }
}
