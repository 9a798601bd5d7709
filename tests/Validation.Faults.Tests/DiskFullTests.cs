using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class DiskFullTests : FaultTest
{
    [Fact]
    public async Task Full_ADatabaseNodeWithoutSpace_IsProvenHeldAndHealed()
    {
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).Statement.Should().EndWith("the database acknowledges writes.");
    }

    [Fact]
    public async Task Full_AFileThatCanBeWritten_IsNotProven()
    {
        await using var injection = await InjectAsync();
        Stack.Databases[0].HasSpace = true;

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Full_ADatabaseThatTakesNoWritesAfterwards_IsNotHealed()
    {
        Stack.TakesWrites = false;
        await using var injection = await InjectAsync();
        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    private Task<IInjection> InjectAsync() => InjectAsync(new DiskFull(), ("target", "postgres/primary"), ("for", "5s"));
}
