using System.Globalization;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class TerminateBackendsTests : FaultTest
{
    private int _sessions = 5;
    private int _counted = 100;
    private bool _witnessIsEnded;

    public TerminateBackendsTests()
    {
        Stack.Database.Answer("pg_backend_pid", () => "77");
        Stack.Database.Answer("sessions_killed", () => Text(_counted));
        Stack.Database.Answer("SELECT count(*)", () => "3");
        Stack.Database.Answer("count(pg_terminate_backend", () => Text(_sessions));
        Stack.Database.Answer("pg_terminate_backend(77)", () => "1");
        Stack.Database.Refuse("SELECT 1", () => _witnessIsEnded ? "57P01" : null);
    }

    [Fact]
    public async Task Terminate_TheServerCountedThemAndTheWitnessIsEnded_IsProven()
    {
        await using var injection = await InjectAsync(new TerminateBackends());
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet, "the witness still works");
        _witnessIsEnded = true;
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet, "the server has counted none");
        _counted += 6;

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(
            Proof.Proven("5 sessions of spire ended at postgres-1; the server has counted 6 killed sessions."));
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("3 sessions of spire at postgres-1 now."));
    }

    [Fact]
    public async Task Terminate_NobodyWasThere_IsRefuted()
    {
        _sessions = 0;
        await using var injection = await InjectAsync(new TerminateBackends(), ("target", "postgres/replica"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public void Terminate_ANodeThatIsNoDatabase_IsRefusedInThePlan()
    {
        var fault = Spec(new TerminateBackends(), ("target", "pooler"));
        var shape = new StackShape([new NodeShape("pooler-1", Roles.Pooler, new HashSet<Type>())], new HashSet<Type>());

        fault.Kind.Objection(fault, shape).Should().Be("pooler-1 is no database node");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
