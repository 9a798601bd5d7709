using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class AgentEvictedTests : FaultTest
{
    private readonly FakeNode _agent = new("spire-agent-1", Roles.SpireAgent);

    public AgentEvictedTests()
    {
        Stack.AgentNodes.Add(_agent);
        Stack.Spire.Agents[FakeStack.IdOf(_agent)] = new AttestedAgent("7", false);
    }

    [Fact]
    public async Task Evicted_AnAgent_IsProvenWhenItIsNotListedAndHeldWhenItHasAttestedAgain()
    {
        await using var injection = await InjectAsync(new AgentEvicted());
        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-agent-1 is not listed any more."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);

        Stack.Spire.Agents[FakeStack.IdOf(_agent)] = new AttestedAgent("8", false);

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-agent-1 was told, and has attested again with another SVID."));
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Evicted_AnAgentThatIsStillListed_IsNotProven()
    {
        await using var injection = await InjectAsync(new AgentEvicted());
        Stack.Spire.Agents[FakeStack.IdOf(_agent)] = new AttestedAgent("7", false);

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Evicted_AnAgentThatWasNotThere_IsRefuted()
    {
        Stack.Spire.Agents.Clear();
        await using var injection = await InjectAsync(new AgentEvicted());

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Refuted("spire-agent-1 was not listed, so it could not be evicted."));
    }
}
