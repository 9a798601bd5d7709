using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class FileDescriptorsTests : FaultTest
{
    [Fact]
    public async Task Descriptors_NoneFreeOfAnyProcess_IsProvenHeldAndHealed()
    {
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(
            Proof.Proven("The kernel grants none of 1 processes of spire-server-1 more than another 0 file descriptors."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Descriptors_AProcessThatClosedSome_IsNotProvenUntilTheyAreTakenToo()
    {
        Stack.Servers[0].Limited = [new(7, 1, IsLimited: true)];
        await using var injection = await InjectAsync();

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Descriptors_LimitsThatStay_AreNotHealed()
    {
        await using var injection = await InjectAsync();
        await injection.HealAsync(CancellationToken.None);
        Stack.Servers[0].Limited = [new(7, 0, IsLimited: true)];

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    private Task<IInjection> InjectAsync() => InjectAsync(new FileDescriptors(), ("target", "spire-server-1"), ("for", "5s"));
}
