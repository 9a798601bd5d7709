using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class ReplicationLagTests : FaultTest
{
    private string _age = "2080";

    public ReplicationLagTests()
    {
        Stack.Database.Answer("to_regclass", () => "validation_lag_postgres_2_1");
        Stack.Database.Answer("clock_timestamp() - at", () => _age);
    }

    private Task<IInjection> InjectAsync() => InjectAsync(new ReplicationLag(Clock), ("lag", "2s"), ("for", "5s"));

    [Fact]
    public async Task Lag_TheNewestRowIsThatOld_IsProvenUntilANewOneIsThere()
    {
        await using (var injection = await InjectAsync())
        {
            (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("The newest row on postgres-2 is 2.08s old; one is written every 250ms."));
            (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Proven(
                "The newest row on postgres-2 was 2.08s, 2.08s and 2.08s old: the least, median and most of 2 looks."));

            await injection.HealAsync(CancellationToken.None);
            (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
            _age = "12";
            (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("postgres-2 shows a row that is 12.0ms old."));
        }

        Stack.Database.Statements.Should().Contain(statement => statement.StartsWith("DROP TABLE"));
        Stack.Database.Sessions.Should().Be(0);
    }

    [Fact]
    public async Task Lag_TheServersHoldTheLeases_BeforeAnythingIsChanged()
    {
        await using var injection = await InjectAsync();

        Stack.Database.GuardOf("CREATE TABLE").Should().Contain("interval '37 s'").And.Contain("DROP TABLE IF EXISTS public.validation_lag_postgres_2, ");
        Stack.Database.GuardOf("ALTER SYSTEM SET").Should().EndWith("ALTER SYSTEM RESET max_standby_streaming_delay; SELECT pg_reload_conf()");
    }

    [Theory]
    [InlineData("40")]
    [InlineData("1740")]
    [InlineData("2260")]
    public async Task Lag_TheGatesDoNotHoldOrDoNotOpen_IsNotProven(string age)
    {
        _age = age;
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Theory]
    [InlineData("40")]
    [InlineData("5000")]
    public async Task Lag_TheReplaySlippedThroughOrStood_DidNotHold(string age)
    {
        await using var injection = await InjectAsync();
        await injection.ProveInjectedAsync(CancellationToken.None);
        _age = age;

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }
}
