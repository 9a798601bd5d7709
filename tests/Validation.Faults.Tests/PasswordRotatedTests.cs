using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class PasswordRotatedTests : FaultTest
{
    private const string Undo = "ALTER ROLE spire PASSWORD 'SCRAM-SHA-256$stored'";

    private string? _refusal;

    public PasswordRotatedTests()
    {
        Stack.Database.Answer("rolpassword", () => "SCRAM-SHA-256$stored");
        Stack.Database.Answer("backend_start", () => "pid = 5");
        Stack.Database.LoginRefusal = () => _refusal;
    }

    [Fact]
    public async Task Rotated_ALoginIsRefused_IsProvenUntilWhatWasStoredIsThereAgain()
    {
        await using var injection = await InjectAsync(new PasswordRotated(), ("for", "2s"));
        _refusal = DatabaseErrors.InvalidPassword;
        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("postgres-1 refuses a login of spire: its password is wrong."));

        await injection.HealAsync(CancellationToken.None);
        _refusal = null;

        Stack.Database.Statements.Should().ContainInOrder(Undo, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = 5");
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        Stack.Database.Sessions.Should().Be(0);
    }

    [Fact]
    public async Task Rotated_TheServerHoldsTheLease_BeforeAnythingIsChanged()
    {
        await using var injection = await InjectAsync(new PasswordRotated(), ("for", "2s"));

        Stack.Database.GuardOf("DO $change$").Should().Contain("interval '32 s'").And.EndWith(Undo);
    }

    [Fact]
    public async Task Rotated_WhileAnotherOneIsInForce_IsRefusedBeforeItTakesThatOnesPasswordForTheTrueOne()
    {
        _refusal = DatabaseErrors.InvalidPassword;

        await this.Invoking(_ => InjectAsync(new PasswordRotated(), ("for", "2s"))).Should().ThrowAsync<HarnessException>()
            .WithMessage("postgres-1 refused a login of spire before its password was changed (28P01).");

        Stack.Database.Statements.Should().BeEmpty();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(DatabaseErrors.TooManyConnections)]
    public async Task Rotated_ALoginIsAcceptedOrRefusedForAnotherReason_IsNotProven(string? refusal)
    {
        await using var injection = await InjectAsync(new PasswordRotated(), ("for", "2s"));
        _refusal = refusal;

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }
}
