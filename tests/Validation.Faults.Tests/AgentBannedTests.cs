using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class AgentBannedTests : FaultTest
{
    private readonly FakeNode _agent = new("spire-agent-1", Roles.SpireAgent);

    public AgentBannedTests()
    {
        Stack.AgentNodes.Add(_agent);
        Stack.Spire.Agents[FakeStack.IdOf(_agent)] = new AttestedAgent("7", false);
    }

    [Fact]
    public async Task Banned_AnAgentThatHasNotNoticed_IsProvenWhenItHasEnded()
    {
        await using var injection = await InjectAsync(new AgentBanned(), ("for", "10s"));
        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("spire-agent-1 is listed as banned, and has not noticed yet: it is Ready."));

        _agent.Status = new NodeStatus(NodeState.BackOff, 0, 1, "ended with exit code 1");

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-agent-1 is listed as banned and has ended by itself: ended with exit code 1."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Banned_AnAgentThatIsReadyAllTheSame_IsRefuted()
    {
        await using var injection = await InjectAsync(new AgentBanned(), ("for", "10s"));

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Refuted("spire-agent-1 is listed as banned and ready all the same."));
    }

    [Fact]
    public async Task Banned_ABanThatSomebodyLifted_IsRefuted()
    {
        await using var injection = await InjectAsync(new AgentBanned(), ("for", "10s"));
        Stack.Spire.Agents.Clear();

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public async Task Banned_NoServerAnswersAtTheEnd_IsLiftedWhenOneDoes()
    {
        await using var injection = await InjectAsync(new AgentBanned(), ("for", "10s"));
        Stack.Spire.Down.UnionWith(["spire-server-1", "spire-server-2", "spire-server-3"]);
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);

        Stack.Spire.Down.Remove("spire-server-3");
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("spire-agent-1 has not attested again yet; it is Ready."));
        Stack.Spire.Agents[FakeStack.IdOf(_agent)] = new AttestedAgent("8", false);

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-agent-1 has attested again and is ready."));
    }
}
