using Spire.Wire.Contracts.Entries;
using Validation.Core.Loads;
using Validation.Core.Running;
using Validation.Spire.Drivers;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Drivers;

public sealed class EntryVisibilityTests : IAsyncLifetime
{
    private ScriptedSpire? _spire;
    private IFiredLoad? _load;
    private volatile bool _isBehind;

    private ScriptedSpire Spire => _spire!;

    private IFiredLoad Load => _load!;

    public async Task InitializeAsync()
    {
        _spire = await ScriptedSpire.StartAsync(servers: 3);
        Spire.Script = call => _isBehind && call is { Name: "GetAuthorizedEntries", Place: "api-2" }
            ? Exchange.Of(new GetAuthorizedEntriesResponse())
            : Spire.Today.To(call);
        _load = (IFiredLoad)await Spire.PrepareAsync(new EntryVisibility(), ("keep", 1));
    }

    public async Task DisposeAsync()
    {
        await Load.DisposeAsync();
        await Spire.DisposeAsync();
    }

    [Fact]
    public async Task Operations_MoreThanAreKept_DeleteTheOldestAndKeepTheLedger()
    {
        for (var i = 0; i < 2; i++)
        {
            (await Spire.RunAsync(Load, i)).Succeeded.Should().BeTrue();
        }

        Spire.Notebook.Facts.OfType<EntryChanged>().Select(line => line.Change).Should().Equal(
            EntryChange.Created, EntryChange.Created, EntryChange.Deleting, EntryChange.Deleted);
        Spire.CallsOf("GetAuthorizedEntries").Select(call => call.Place).Distinct().Should().BeEquivalentTo("api-1", "api-2", "api-3");
    }

    [Fact]
    public async Task Operations_AServerThatShowsNoMoreWhatItHasShown_AreToldAndThenThatItShowsNothingNew()
    {
        _isBehind = true;

        var vanished = await RunForASecondAsync(0);
        var notShown = await RunForASecondAsync(1);

        vanished.Should().Match<Outcome>(outcome => outcome.Failure == "wrong-answer" && outcome.Detail!.StartsWith("spire-server-2 has shown entry entry-"));
        notShown.Should().Match<Outcome>(outcome => outcome.Failure == "entry-not-shown" && outcome.Detail!.StartsWith("spire-server-2 did not show entry"));
    }

    private async Task<Outcome> RunForASecondAsync(long number)
    {
        using var isOver = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        return await Load.RunAsync(new Operation(number, Spire.Clock), isOver.Token);
    }
}
