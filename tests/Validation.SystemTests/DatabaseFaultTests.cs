using Validation.Core;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.SystemTests;

/// <summary>Each fault inside of the database, and those of processes and of SPIRE that came with them, on one real stack.</summary>
[Trait("Kind", "System")]
public sealed class DatabaseFaultTests : IClassFixture<DatabaseFaultTests.OneRun>
{
    private readonly OneRun _run;

    public DatabaseFaultTests(OneRun run)
    {
        Capability.RequireRoot();
        _run = run;
    }

    private RunRecording Recording => _run.Harness.Recording();

    [SkippableTheory]
    [InlineData("rotated", "spire-server-2 signs with")]
    [InlineData("rotated-tokens", "spire-server-1 signs with")]
    [InlineData("storm", "entries with the hint")]
    [InlineData("evicted", "spire-agent-1 is")]
    [InlineData("banned", "spire-agent-1 is listed as banned and has ended by itself")]
    [InlineData("herd", "none of them exists any more")]
    [InlineData("replaced", "spire-server-2 (")]
    [InlineData("rolled", "spire-agent-1 is 1_15_3_embedded_next")]
    [InlineData("lock", "refuses a writer's lock")]
    [InlineData("read-only", "13 tables is refused: read-only transaction")]
    [InlineData("slow", "that changes nothing takes 3")]
    [InlineData("replay", "waits for a lock at")]
    [InlineData("lag", "one is written every 125ms")]
    [InlineData("password", "its password is wrong")]
    [InlineData("ended", "the server has counted")]
    [InlineData("held", "0 remain for others; a login of spire is refused: too many clients")]
    [InlineData("standby", "does not list it as a replica")]
    [InlineData("store", "dcs-1 (")]
    [InlineData("crashes", "spire-agent-1 was killed again")]
    [InlineData("hanging", "spire-agent-1 was started again and hangs")]
    [InlineData("restart", "spire-agent-1 (")]
    [InlineData("rolling", "spire-server-1 is the first of 2")]
    public void Fault_OnARealStack_IsProvenHeldAndHealed(string fault, string proof)
    {
        Recording.Facts<FaultInjected>().Select(seen => seen.Fact).Where(fact => fact.Fault == fault).Should().ContainSingle(_run.Harness.Output)
            .Which.Proof.Should().Contain(proof);
        Recording.Facts<FaultHealing>().Should().Contain(seen => seen.Fact.Fault == fault);
        Recording.Facts<FaultHealed>().Should().Contain(seen => seen.Fact.Fault == fault);
    }

    [SkippableFact]
    public void Fault_ThatHitNobody_IsNotProvenAndMakesTheRunInconclusive()
    {
        _run.Harness.ExitCode.Should().Be(ExitCode.Inconclusive, _run.Harness.Output);
        Recording.Facts<FaultNotProven>().Select(seen => seen.Fact.Fault).Should().Equal("nobody-there");
    }

    [SkippableFact]
    public void ReadOnly_TheApplication_IsToldSoByTheDatabase() =>
        _run.Harness.Output.Should().Contain("cannot execute INSERT in a read-only transaction");

    /// <summary>One run for all tests of this class.</summary>
    public sealed class OneRun : IAsyncLifetime
    {
        internal Harness Harness { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess)
            {
                Harness = await Harness.RunAsync("database-faults.yaml");
            }
        }

        public Task DisposeAsync()
        {
            Harness?.Dispose();
            return Task.CompletedTask;
        }
    }
}
