using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class ServerReplacedTests : FaultTest
{
    [Fact]
    public async Task Replaced_AServerWithAnotherAuthority_IsHealedWhenEveryBundleHasIt()
    {
        Stack.Servers[1].OnErase = () => Stack.Spire.StartAnew("spire-server-2");
        Stack.Spire.Blind.Add("spire-server-3");
        await using var injection = await InjectAsync(new ServerReplaced(), ("target", "spire-server-2"), ("hold", "5s"));
        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-server-2 (3 processes) removed; none of these processes exists any more."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);

        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("The bundle of spire-server-3 does not have the new authority of spire-server-2."));
        Stack.Spire.Blind.Clear();

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(
            Proof.Proven("spire-server-2 ready again. It signs with another authority, which every server's bundle has."));
    }

    [Fact]
    public async Task Replaced_AServerThatKeptItsKeys_IsRefuted()
    {
        await using var injection = await InjectAsync(new ServerReplaced(), ("target", "spire-server-2"));
        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Refuted("spire-server-2 came back with the authority that it had before."));
    }

    [Fact]
    public async Task Replaced_DisposedEarly_LetsTheServerStartAgain()
    {
        await (await InjectAsync(new ServerReplaced(), ("target", "spire-server-2"), ("hold", "1h"))).DisposeAsync();

        Stack.Servers[1].Status.Should().Be(new NodeStatus(NodeState.Ready, 1, 2));
    }
}
