using Validation.Environments.Local.Programs;

namespace Validation.Environments.Tests.Local.Programs;

public sealed class ProcessTableTests
{
    [Theory]
    [InlineData("52 (postgres) S 1 52 52 0 -1", 1, 'S')]
    [InlineData("53 (tmux: server) T 7 53 53 0 -1", 7, 'T')]
    [InlineData("54 (a) b) (c) Z 1 54 54 0 -1", 1, 'Z')]
    public void Parse_NameWithBracketsAndBlanks_ReadsWhatFollows(string line, int parent, char state)
    {
        var entry = ProcessTable.Parse(52, line);

        (entry.Parent, entry.State).Should().Be((parent, state));
    }

    [Fact]
    public void Read_OwnProcess_IsThere() =>
        ProcessTable.Read().Should().Contain(entry => entry.Pid == Environment.ProcessId && entry.State != ProcessTable.Zombie);

    [Fact]
    public void InNetworkNamespace_OwnOne_HasOwnProcess() =>
        ProcessTable.InNetworkNamespace(new FileInfo("/proc/self/ns/net").LinkTarget!).Should().Contain(Environment.ProcessId);

    [Fact]
    public void InNetworkNamespace_UnknownOne_HasNobody() => ProcessTable.InNetworkNamespace("net:[1]").Should().BeEmpty();

    [Fact]
    public void ParseProcessorTime_OwnTimesAndThoseOfChildrenThatEnded_AreSummed() =>
        ProcessTable.ParseProcessorTime("52 (a) b) S 1 52 52 0 -1 4194560 900 1 0 0 150 50 20 5 20 0 3 0 100 0 0").Should().Be(TimeSpan.FromSeconds(2.25));

    [Fact]
    public void ProcessorTimes_OwnNamespace_HasUsedSome() =>
        ProcessTable.ProcessorTimes()[new FileInfo("/proc/self/ns/net").LinkTarget!].Should().BeGreaterThan(TimeSpan.Zero);

    [Fact]
    public void ThreadStates_ProcessIsGone_IsEmpty() => ProcessTable.ThreadStates(int.MaxValue).Should().BeEmpty();

    [Fact]
    public void IsAlive_OwnProcessAndOneThatIsNot_TellsThemApart() =>
        (ProcessTable.IsAlive(Environment.ProcessId), ProcessTable.IsAlive(int.MaxValue)).Should().Be((true, false));
}
