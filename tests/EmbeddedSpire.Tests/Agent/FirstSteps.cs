using EmbeddedSpire.Tests.Agent.Scripted;

namespace EmbeddedSpire.Tests.Agent;

public sealed class FirstSteps
{
    [Fact]
    public async Task Agent_FreshNode_AttestsSyncsAndServes()
    {
        using var directory = new TemporaryDirectory();
        await using var spire = new ScriptedSpire(new ManualClock());
        var node = Node.Create(directory.Path, spire.Clock);
        spire.Pop = node.Believer(spire.Clock);
        await spire.StartServerAsync();
        spire.AddEntry("/wl/one", Workload.Me);
        await using var agent = AgentRun.Start(spire, directory.Path, settings => settings with { Pop = node.Files });

        await agent.ServingAsync();
        using var workload = new Workload(agent.SocketPath);
        var response = await workload.FetchSvidsAsync();

        response.Svids.Should().ContainSingle().Which.SpiffeId.Should().Be("spiffe://bench.test/wl/one");
        Workload.Verify(response.Svids[0], spire.Clock.GetUtcNow()).IsValid.Should().BeTrue();
        spire.Calls.Select(call => call.Name).Should().Equal("AttestAgent", "GetBundle", "PostStatus", "SyncAuthorizedEntries", "GetBundle", "BatchNewX509SVID");
    }
}
