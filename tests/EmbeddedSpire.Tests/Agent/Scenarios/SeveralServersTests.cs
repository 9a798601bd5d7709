using System.Net.Sockets;
using EmbeddedSpire.Tests.Agent.Scripted;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Tests.Agent.Scenarios;

public sealed class SeveralServersTests : AgentScenario
{
    [Fact]
    public async Task Agent_ThreeAddresses_HasAConnectionToEachAndTakesTurns()
    {
        await StartServersAsync(3);
        var agent = await ServeAsync();
        await SyncsAsync(agent, 1);
        var before = Spire.Calls.Count;

        await SyncsAsync(agent, 6);

        var calls = Spire.Calls.Skip(before).Take(12).ToList();
        calls.GroupBy(call => call.Server).Select(group => group.Count()).Should().AllBeEquivalentTo(4);
        calls.Zip(calls.Skip(1)).Should().OnlyContain(pair => pair.First.Server != pair.Second.Server);
        calls.GroupBy(call => call.Server).Should().OnlyContain(group => group.Select(call => call.Connection).Distinct().Count() == 1);
    }

    [Fact]
    public async Task Agent_OneServerDies_GoesOnWithTheOthersAndFindsItAgain()
    {
        await StartServersAsync(3);
        var agent = await ServeAsync();
        await Spire.Servers[1].StopAsync();
        var before = Spire.Calls.Count;

        await SyncsAsync(agent, 6);
        Spire.Calls.Skip(before).Should().OnlyContain(call => call.Server != 1);

        await Spire.Servers[1].RestartAsync();
        await agent.UntilAsync(() => Spire.Calls.Skip(before).Any(call => call.Server == 1), TimeSpan.FromMinutes(3), TimeSpan.FromMilliseconds(200));
        agent.Ended.IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task Agent_OneServerTakesConnectionsAndSaysNothing_IsNotHeldUp()
    {
        await StartServersAsync(2);
        var agent = await ServeAsync();
        var address = Spire.Servers[1].Address;
        await Spire.Servers[1].StopAsync();
        using var mute = new TcpListener(address);
        mute.Start();
        var before = Spire.Calls.Count;

        await SyncsAsync(agent, 8);

        Spire.Calls.Skip(before).Should().OnlyContain(call => call.Server == 0);
        agent.Log.Should().NotContain("Synchronize failed\" error=\"failed to fetch authorized entries: rpc error: code = DeadlineExceeded");
    }

    [Fact]
    public async Task Agent_OneServersAuthorityIsUnknown_UsesTheOthers()
    {
        await StartServersAsync(2);
        var agent = await ServeAsync();
        var server = Spire.Servers[1];
        await server.StopAsync();
        server.Authority = CertificateAuthority.CreateSelfSigned(Spire.TrustDomain, Keys.Create(), Clock.GetUtcNow(), TimeSpan.FromHours(24));
        await server.RestartAsync();
        var before = Spire.Calls.Count;

        await SyncsAsync(agent, 6);

        Spire.Calls.Skip(before).Should().OnlyContain(call => call.Server == 0);
        agent.Ended.IsCompleted.Should().BeFalse();
    }

    private async Task StartServersAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Spire.StartServerAsync($"127.0.0.{i + 1}", i == 0 ? 0 : Spire.Servers[0].Address.Port);
        }
    }
}
