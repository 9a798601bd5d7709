using Validation.Environments.Local.Programs;

namespace Validation.Environments.Tests.Local.Programs;

public sealed class ProgramFinderTests
{
    [Fact]
    public void Find_ShellOfEveryMachine_IsFound() => ProgramFinder.Find("sh").Should().EndWith("/sh");

    [Fact]
    public void Find_FileThatIsNoProgram_IsNotFound() => ProgramFinder.Find("../../etc/passwd").Should().BeNull();

    [Fact]
    public void Require_UnknownProgram_NamesItAndTheDoctor()
    {
        var requiring = () => ProgramFinder.Require("no-such-program");

        requiring.Should().Throw<HarnessException>().WithMessage("*'no-such-program'*").Which.Hint.Should().Contain("doctor");
    }
}
