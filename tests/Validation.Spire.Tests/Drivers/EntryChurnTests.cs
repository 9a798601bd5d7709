using Spire.Wire.Contracts.Entries;
using Validation.Core.Running;
using Validation.Spire.Drivers;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Drivers;

public sealed class EntryChurnTests
{
    [Fact]
    public async Task Operations_MoreThanAreKept_DeleteTheOldest()
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using var load = await spire.PrepareAsync(new EntryChurn(), ("keep", 2));
        for (var i = 0; i < 4; i++)
        {
            (await spire.RunAsync(load, i)).Succeeded.Should().BeTrue();
        }

        spire.Today.Entries.Should().BeEquivalentTo("entry-3", "entry-4");
        spire.Notebook.Facts.OfType<EntryChanged>().Should().Equal(
            new EntryChanged("entry-1", EntryChange.Created),
            new EntryChanged("entry-2", EntryChange.Created),
            new EntryChanged("entry-3", EntryChange.Created),
            new EntryChanged("entry-1", EntryChange.Deleting),
            new EntryChanged("entry-1", EntryChange.Deleted),
            new EntryChanged("entry-4", EntryChange.Created),
            new EntryChanged("entry-2", EntryChange.Deleting),
            new EntryChanged("entry-2", EntryChange.Deleted));
    }

    [Fact]
    public async Task Operation_WhoseEntryIsStillToBeReadBack_IsNotDeletedByOthers()
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using var load = await spire.PrepareAsync(new EntryChurn(), ("keep", 1));
        var (isRead, mayBeRead) = (new TaskCompletionSource(), new TaskCompletionSource());
        spire.Script = call => call.Name != "GetEntry" || !isRead.TrySetResult() ? spire.Today.To(call) : async exchange =>
        {
            await mayBeRead.Task;
            await spire.Today.To(call)(exchange);
        };

        var slow = spire.RunAsync(load, 0);
        await isRead.Task.WaitAsync(TimeSpan.FromSeconds(20));
        (await spire.RunAsync(load, 1)).Succeeded.Should().BeTrue();
        mayBeRead.SetResult();

        (await slow).Succeeded.Should().BeTrue();
        spire.Notebook.Facts.OfType<EntryChanged>().Should().NotContain(fact => fact.Change == EntryChange.Missing);
    }

    [Fact]
    public async Task Operations_AllOfThem_ShareOneConnectionAndMakeDifferentEntries()
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using var load = await spire.PrepareAsync(new EntryChurn());
        for (var i = 0; i < 3; i++)
        {
            await spire.RunAsync(load, i);
        }

        spire.Calls.Where(call => call.Place == "api-1").Select(call => call.Connection).Distinct().Should().HaveCount(1);
        spire.CallsOf("BatchCreateEntry").Select(call => ((BatchCreateEntryRequest)call.Request).Entries.Single().SpiffeId.Path).Should().Equal(
            "/harness/churn/load/1-0", "/harness/churn/load/1-1", "/harness/churn/load/1-2");
    }

    [Fact]
    public async Task Operation_EntryThatIsNotThereWhenReadBack_IsMissingInTheLedger()
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using var load = await spire.PrepareAsync(new EntryChurn());
        spire.Script = call => call.Name == "GetEntry" ? Exchange.Of(Recorded.Call("05/19")) : spire.Today.To(call);

        (await spire.RunAsync(load)).Failure.Should().Be("not-found");

        spire.Notebook.Facts.OfType<EntryChanged>().Should().Equal(
            new EntryChanged("entry-1", EntryChange.Created), new EntryChanged("entry-1", EntryChange.Missing));
    }
}
