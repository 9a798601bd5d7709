using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Running;
using Validation.Spire.Invariants;
using Validation.TestKit;

namespace Validation.Spire.Tests.Invariants;

public class AcknowledgedEntriesKeptTests
{
    [Fact]
    public void Judge_LedgerAndDatabaseAgree_Passes()
    {
        var finding = Judge(["a", "stranger"], ("a", EntryChange.Created), ("b", EntryChange.Created), ("b", EntryChange.Deleting), ("b", EntryChange.Deleted));

        finding.Verdict.Should().Be(Verdict.Pass);
        finding.Statement.Should().StartWith("2 entries were acknowledged; 1 of them stood at the end");
    }

    [Fact]
    public void Judge_AnAcknowledgedEntryIsGone_Fails() =>
        Judge(["b"], ("a", EntryChange.Created), ("b", EntryChange.Created)).Should().Match<Finding>(finding =>
            finding.Verdict == Verdict.Fail && finding.Statement.StartsWith("1 acknowledged entries are not in the database"));

    [Fact]
    public void Judge_AnAcknowledgedDeletionIsUndone_Fails() =>
        Judge(["a"], ("a", EntryChange.Created), ("a", EntryChange.Deleting), ("a", EntryChange.Deleted)).Verdict.Should().Be(Verdict.Fail);

    [Fact]
    public void Judge_AnEntryWasReportedMissing_Fails() =>
        Judge([], ("a", EntryChange.Created), ("a", EntryChange.Missing)).Verdict.Should().Be(Verdict.Fail);

    [Fact]
    public void Judge_AnEntryWasReportedMissingAndDeletedLater_Fails() =>
        Judge([], ("a", EntryChange.Created), ("a", EntryChange.Missing), ("a", EntryChange.Deleting)).Should().Match<Finding>(finding =>
            finding.Verdict == Verdict.Fail && finding.Statement.Contains("1 were reported missing"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Judge_ADeletionWithoutAnAnswer_MayEndEitherWay(bool exists) =>
        Judge(exists ? ["a"] : [], ("a", EntryChange.Created), ("a", EntryChange.Deleting)).Verdict.Should().Be(Verdict.Pass);

    [Fact]
    public void Judge_TheDatabaseWasNotRead_IsInconclusive() => Judge(null, ("a", EntryChange.Created)).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Judge_NothingWasAcknowledged_IsInconclusive() => Judge(["a"]).Verdict.Should().Be(Verdict.Inconclusive);

    private static Finding Judge(string[]? database, params (string Entry, EntryChange Change)[] ledger)
    {
        var run = new HandmadeRecording().Load("entries").Phase("a", 0, 60);
        for (var i = 0; i < ledger.Length; i++)
        {
            run.Event(1 + i, new EntryChanged(ledger[i].Entry, ledger[i].Change));
        }

        if (database is not null)
        {
            run.Event(61, new EntriesFound(database));
        }

        return new AcknowledgedEntriesKept().Judge(run.Build());
    }
}
