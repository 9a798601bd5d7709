using Spire.Wire.Contracts.Entries;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Spire.Drivers;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Drivers;

public sealed class X509SvidFetchTests
{
    [Fact]
    public async Task Operations_OneAfterTheOther_GoToAgentsInTurnEachOnANewConnection()
    {
        await using var spire = await ScriptedSpire.StartAsync(agents: 2);
        await using var load = await spire.PrepareAsync(new X509SvidFetch());
        var prepared = spire.CallsOf("FetchX509SVID").Count;
        for (var i = 0; i < 4; i++)
        {
            (await spire.RunAsync(load, i)).Should().Be(Outcome.Success);
        }

        var calls = spire.CallsOf("FetchX509SVID").Skip(prepared).ToList();
        calls.Select(call => call.Place).Should().Equal("workload-1", "workload-2", "workload-1", "workload-2");
        calls.Select(call => call.Connection).Should().OnlyHaveUniqueItems();
        spire.Notebook.Svids.Should().Equal(Enumerable.Repeat(SvidCheck.Verified, 4));
    }

    [Fact]
    public async Task Preparation_ForEveryAgent_RegistersItsCaller()
    {
        await using var spire = await ScriptedSpire.StartAsync(agents: 2);
        await using var load = await spire.PrepareAsync(new X509SvidFetch());

        var entries = spire.CallsOf("BatchCreateEntry").Select(call => ((BatchCreateEntryRequest)call.Request).Entries.Single()).ToList();
        entries.Select(entry => entry.ParentId.Path).Should().Equal("/spire/agent/x509pop/1", "/spire/agent/x509pop/2");
        entries.Should().OnlyContain(entry => entry.SpiffeId.Path == "/harness/workload/load" && $"{entry.Selectors.Single().Type}:{entry.Selectors.Single().Value}" == "unix:uid:0");
    }

    [Fact]
    public async Task Preparation_AgentThatDoesNotKnowTheEntryYet_IsAskedAgain()
    {
        await using var spire = await ScriptedSpire.StartAsync();
        var denial = Exchange.StatusOf(Recorded.Call("14/1").Failure!);
        spire.Script = call => call.Name == "FetchX509SVID" && spire.CallsOf("FetchX509SVID").Count <= 2 ? Exchange.Of(denial) : spire.Today.To(call);

        await using var load = await spire.PrepareAsync(new X509SvidFetch());

        spire.CallsOf("FetchX509SVID").Should().HaveCount(3);
    }

    [Fact]
    public async Task Operation_WithItsAnswer_EndsTheStream()
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using var load = await spire.PrepareAsync(new X509SvidFetch());

        await spire.RunAsync(load);

        await spire.CallsOf("FetchX509SVID")[^1].Ended;
    }
}
