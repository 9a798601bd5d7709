using Validation.Core.Faults;
using Validation.Core.Running;
using Validation.Core.Scenarios;

namespace Validation.Core.Tests.Running;

public class CollisionsTests
{
    private static readonly Parameter<Selector> Target = Parameters.Target("target", "The nodes.");
    private static readonly Parameter<TimeSpan> For = Parameters.Duration("for", "How long.", TimeSpan.Zero, TimeSpan.FromHours(1), TimeSpan.Zero);

    private static readonly FaultKind Away = new() { Name = "away", Summary = "Away.", Proof = "None.", Parameters = [Target, For], TakesTargetsAway = true };
    private static readonly FaultKind Slow = Away with { Name = "slow", TakesTargetsAway = false };
    private static readonly FaultKind Limit = Slow with { Name = "limit", Changes = _ => "the limits" };
    private static readonly FaultKind Password = new() { Name = "password", Summary = "Other.", Proof = "None.", Parameters = [For], Changes = _ => "the password" };
    private static readonly FaultKind Failover = new() { Name = "failover", Summary = "Other.", Proof = "None.", Parameters = [For], TakesAway = Selector.DatabasePrimary };

    private static readonly (string Name, string Role)[] Nodes =
    [
        ("pooler-1", "pooler"), ("postgres-1", "postgres"), ("postgres-2", "postgres"),
        ("spire-server-1", "spire-server"), ("spire-server-2", "spire-server"), ("spire-server-3", "spire-server"),
    ];

    [Fact]
    public void In_TwoFaultsOnOneNodeAtOnce_NamesBothAndTheNode() =>
        In(Fault("one", "spire-server-1", at: 2, length: 10), Fault("two", "spire-server-1", at: 12)).Should().ContainSingle()
            .Which.Should().Be("s.yaml:2:1: fault 'two' takes spire-server-1 away at 12s, when 'one' already has (from 2s to 12s). Let it begin later, or choose another node.");

    [Fact]
    public void In_TheSameNodeOneAfterTheOther_IsFine() => In(Fault("one", "spire-server-1", at: 2, length: 10), Fault("two", "spire-server-1", at: 13)).Should().BeEmpty();

    [Fact]
    public void In_ASlowNodeThatIsTakenAway_IsFine() => In(Fault("one", "spire-server-1", at: 2, length: 10, Slow), Fault("two", "spire-server-1", at: 5)).Should().BeEmpty();

    [Fact]
    public void In_OnlyTheSeedTellsWhichNode_DependsOnTheSeed()
    {
        FaultSpec[] faults = [Fault("one", "spire-server/any", at: 2, length: 10), Fault("two", "spire-server/any", at: 5)];

        Enumerable.Range(0, 20).Select(seed => In(faults, seed: seed).Count).Distinct().Should().BeEquivalentTo([0, 1]);
    }

    [Fact]
    public void In_TwiceThePrimary_IsTheSameNode() => In(Fault("one", "postgres/primary", at: 2, length: 10), Fault("two", "postgres/primary", at: 5)).Should().ContainSingle();

    [Fact]
    public void In_ANodeThatMayBeThePrimary_IsRefusedBecauseItMayBe() =>
        In([Fault("one", "postgres/primary", at: 2, length: 10), Fault("two", "postgres-1", at: 5)], radius: 2).Should().ContainSingle()
            .Which.Should().Be("s.yaml:2:1: fault 'two' takes postgres-1 away at 5s, when 'one' already has postgres/primary, which may be the same node (from 2s to 12s). Let it begin later, or choose another node.");

    [Fact]
    public void In_ThePrimaryAndAReplica_AreTwoNodes() => In([Fault("one", "postgres/primary", at: 2, length: 10), Fault("two", "postgres/replica", at: 5)], radius: 2).Should().BeEmpty();

    [Fact]
    public void In_AFaultThatTakesThePrimaryAwayWithoutSayingSo_CountsIt() =>
        In(Fault("one", "postgres/replica", at: 2, length: 10), Fault("two", "postgres/primary", at: 5, kind: Failover)).Should().ContainSingle().Which.Should().Contain("2 of 2 nodes of role 'postgres'");

    [Fact]
    public void In_TheSameThingOfOneNodeChangedTwice_NamesIt() =>
        In(Fault("one", "pooler-1", at: 2, length: 10, Limit), Fault("two", "pooler-1", at: 5, kind: Limit)).Should().ContainSingle()
            .Which.Should().Be("s.yaml:2:1: fault 'two' changes the limits of pooler-1 at 5s, when 'one' already has (from 2s to 12s). Let it begin later.");

    [Fact]
    public void In_TheSameThingOfTwoNodes_IsFine() => In(Fault("one", "spire-server-1", at: 2, length: 10, Limit), Fault("two", "spire-server-2", at: 5, kind: Limit)).Should().BeEmpty();

    [Fact]
    public void In_TwoThingsOfOneNode_IsFine() =>
        In(Fault("one", "pooler-1", at: 2, length: 10, Limit), Fault("two", "pooler-1", at: 5, kind: Limit with { Changes = _ => "the disk" })).Should().BeEmpty();

    [Fact]
    public void In_TheSameThingOfTheStackChangedTwice_IsRefused() =>
        In(Fault("one", "pooler-1", at: 2, length: 10, Password), Fault("two", "pooler-1", at: 5, kind: Password)).Should().ContainSingle()
            .Which.Should().Be("s.yaml:2:1: fault 'two' changes the password at 5s, when 'one' already has (from 2s to 12s). Let it begin later.");

    [Fact]
    public void In_AChangeThatTakesTimeBeyondItsLength_IsItsOwnForThatTime()
    {
        var roll = Limit with { Return = TimeSpan.FromSeconds(15) };

        In(Fault("one", "pooler-1", at: 2, kind: roll), Fault("two", "pooler-1", at: 10, kind: roll)).Should().ContainSingle().Which.Should().Contain("(from 2s to 17s)");
        In(Fault("one", "pooler-1", at: 2, kind: roll), Fault("two", "pooler-1", at: 20, kind: roll)).Should().BeEmpty();
    }

    [Fact]
    public void In_WhatIsTheStacksAlthoughAFaultHasTargets_IsChangedByOneAtATime() =>
        In(Fault("one", "pooler-1", at: 2, length: 10, Limit with { ChangesStack = true }), Fault("two", "spire-server-1", at: 5, kind: Limit with { ChangesStack = true }))
            .Should().ContainSingle().Which.Should().StartWith("s.yaml:2:1: fault 'two' changes the limits at 5s");

    [Fact]
    public void In_EveryNodeOfARole_IsRefusedWithTheWordsThatAllowIt() =>
        In(Fault("one", "spire-server/all", at: 2, length: 10)).Should().ContainSingle()
            .Which.Should().Be("s.yaml:2:1: at 2s 3 of 3 nodes of role 'spire-server' are away at once; allowed are 2. Write 'blast-radius: 3' into the scenario when that is meant.");

    [Fact]
    public void In_OneNodeAfterTheOtherUntilAllAreAway_IsRefused() =>
        In(Fault("one", "spire-server-1", 1, 20), Fault("two", "spire-server-2", 2, 20), Fault("three", "spire-server-3", 3, 20)).Should().ContainSingle().Which.Should().Contain("at 3s 3 of 3");

    [Theory]
    [InlineData(2, true)]
    [InlineData(0, false)]
    public void In_OneNodeAfterTheOtherBeforeTheFirstIsBack_IsRefused(int returnsAfterSeconds, bool isRefused)
    {
        var kind = Away with { Return = TimeSpan.FromSeconds(returnsAfterSeconds) };

        In(Fault("one", "spire-server-1", 1, kind: kind), Fault("two", "spire-server-2", 2, kind: kind), Fault("three", "spire-server-3", 3, kind: kind))
            .Should().HaveCount(isRefused ? 1 : 0);
    }

    [Fact]
    public void In_EveryNodeWhenThatIsMeant_IsFine() => In([Fault("one", "spire-server/all", at: 2, length: 10)], radius: 3).Should().BeEmpty();

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public void In_AFaultThatTakesSomeOfItsTargets_CountsThoseAlone(int stay, int refusals) =>
        In(Fault("one", "spire-server", at: 2, length: 10, Away with { AwayOf = (_, targets) => targets.Skip(stay) })).Should().HaveCount(refusals);

    [Fact]
    public void In_TheOnlyNodeOfItsRole_IsFine() => In(Fault("one", "pooler", at: 2, length: 10)).Should().BeEmpty();

    private static FaultSpec Fault(string name, string target, int at, int length = 0, FaultKind? kind = null) => new()
    {
        Name = name,
        Kind = kind ?? Away,
        At = TimeSpan.FromSeconds(at),
        Parameters = new ParameterValues(new Dictionary<string, object> { ["target"] = SelectorOf(target), ["for"] = TimeSpan.FromSeconds(length) }),
        Position = new SourcePosition("s.yaml", 2, 1),
    };

    private static Selector SelectorOf(string text) => Selector.TryParse(text, out var selector) ? selector : throw new ArgumentException(text, nameof(text));

    private static IReadOnlyList<string> In(params FaultSpec[] faults) => In(faults, null, 1);

    private static IReadOnlyList<string> In(FaultSpec[] faults, int? radius = null, int seed = 1)
    {
        var scenario = new Scenario
        {
            Name = "s",
            Question = "Does it?",
            Position = new SourcePosition("s.yaml", 1, 1),
            Loads = [],
            Phases = [new PhaseSpec { Name = "a", Length = TimeSpan.FromMinutes(1), Faults = faults }],
            Objectives = [],
            BlastRadius = radius,
        };
        return [.. Collisions.In(scenario, new TargetResolver(new Seed(seed)), Nodes).Select(refusal => refusal.ToString())];
    }
}
