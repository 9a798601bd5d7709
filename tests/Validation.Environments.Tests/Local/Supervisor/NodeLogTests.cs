using Validation.Environments.Local.Supervisor;
using Validation.TestKit;

namespace Validation.Environments.Tests.Local.Supervisor;

public sealed class NodeLogTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();
    private readonly NodeLog _log;

    public NodeLogTests() => _log = new NodeLog(_directory, "pooler-1", new ManualClock());

    [Fact]
    public void Mark_BetweenLinesOfTheProgram_IsAppendedWithTheTime()
    {
        File.AppendAllText(_log.File.FullName, "from the program\n");

        _log.Mark("ended by SIGKILL");

        File.ReadAllLines(_log.File.FullName).Should().Equal("from the program", "=== 2026-11-20T12:00:00.000Z ended by SIGKILL");
    }

    [Fact]
    public void Mark_ALogThatCannotBeWritten_StopsNobody()
    {
        _directory.Delete(recursive: true);

        _log.Invoking(log => log.Mark("ended by SIGKILL")).Should().NotThrow();

        _directory.Create();
    }

    [Fact]
    public void Tail_MoreLinesThanAsked_GivesTheLast()
    {
        File.AppendAllLines(_log.File.FullName, Enumerable.Range(1, 100).Select(number => $"line {number}"));

        _log.Tail(2).Should().Equal("line 99", "line 100");
    }

    [Fact]
    public void Tail_LongFile_BeginsWithAWholeLine()
    {
        File.AppendAllLines(_log.File.FullName, Enumerable.Range(1, 20_000).Select(number => $"line {number}"));

        _log.Tail(int.MaxValue).Should().OnlyContain(line => line.StartsWith("line ", StringComparison.Ordinal));
    }

    [Fact]
    public void Tail_NothingWritten_IsEmpty() => _log.Tail(15).Should().BeEmpty();

    public void Dispose() => _directory.Delete(recursive: true);
}
