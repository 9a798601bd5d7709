using System.Net;
using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class HerdTests : FaultTest
{
    private static readonly IPAddress Other = IPAddress.Parse("10.0.0.2");

    private readonly FakeNode _agent = new("spire-agent-1", Roles.SpireAgent);

    public HerdTests()
    {
        Stack.AgentNodes.Add(_agent);
        Stack.Clients.AddRange([new IPEndPoint(_agent.Address, 1), new IPEndPoint(Other, 1), new IPEndPoint(Other, 2)]);
        Stack.OnReset = Stack.Clients.Clear;
    }

    [Fact]
    public async Task Herd_ThatComesBack_IsProvenHeldAndHealed()
    {
        await using var injection = await InjectAsync(new Herd());
        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("3 connections of 2 addresses reset; none of them exists any more."));
        Stack.Clients.Add(new IPEndPoint(Other, 3));
        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.NotYet("1 of 2 addresses not connected again yet, such as 127.0.0.1."));
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("spire-agent-1 is Ready and not connected."));

        Stack.Clients.Add(new IPEndPoint(_agent.Address, 4));

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Proven("2 new connections of 2 addresses."));
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Herd_AConnectionThatSurvives_IsNotProven()
    {
        Stack.OnReset = () => Stack.Clients.RemoveAt(0);
        await using var injection = await InjectAsync(new Herd());

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("2 of 3 connections still exist."));
    }

    [Fact]
    public async Task Herd_NobodyWasConnected_IsRefuted()
    {
        Stack.Clients.Clear();
        await using var injection = await InjectAsync(new Herd());

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }
}
