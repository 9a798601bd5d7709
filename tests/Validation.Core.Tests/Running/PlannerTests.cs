using System.Text.Json;
using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Tests.Running;

public class PlannerTests
{
    private readonly FakeEnvironment _environment = new();
    private readonly ScriptedFault _fault = new();

    [Fact]
    public void Make_SameSeed_GivesTheSameBytes() => Bytes(42).Should().Equal(Bytes(42));

    [Fact]
    public void Make_OtherSeeds_HitOtherNodes() =>
        Enumerable.Range(0, 20).Select(seed => Plan(seed).Faults[0].Targets["target"]).Distinct()
            .Should().BeEquivalentTo("spire-server-1", "spire-server-2", "spire-server-3");

    [Fact]
    public async Task Make_WhatTheSeedDecides_IsWhatHappensAtFireTime()
    {
        var planned = Plan(42).Faults[0].Targets["target"];

        var hit = await new TargetResolver(new Seed(42)).AtFireTimeAsync(
            "a/scripted", "target", ScriptedFault.Target.Default, _environment.Stack, CancellationToken.None);

        hit.Single().Name.Should().Be(planned);
    }

    [Fact]
    public void Make_Phases_FollowEachOther() =>
        Plan(1).Phases.Should().Equal(
            new PlannedPhase("a", TimeSpan.Zero, TimeSpan.FromSeconds(10)),
            new PlannedPhase("b", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5)));

    [Fact]
    public void Make_NoInvariantsAreNamed_TakesThoseThatItsLoadsAndFaultsFeed() => Plan(1).Invariants.Should().Equal("one", "three");

    [Fact]
    public void Plan_ReadBack_IsTheSame()
    {
        var plan = Plan(42);

        JsonSerializer.Deserialize<Plan>(JsonSerializer.Serialize(plan, HarnessJson.Pretty), HarnessJson.Pretty).Should().BeEquivalentTo(plan);
    }

    [Fact]
    public void Refusals_AnEnvironmentThatCanDoIt_AreNone() =>
        Refusals(Scenario(), _environment.Describe(StackSpec.Default)).Should().BeEmpty();

    [Fact]
    public void Refusals_ASelectorThatNobodyCouldResolve_NameWhatTheStackCannotTell()
    {
        Selector.TryParse("spire-server/of-spire-agent-1", out var selector).Should().BeTrue();
        var target = Parameters.Target("target", "The nodes that are hit.", selector!.Text);

        Refusals(Scenario(_fault.Kind with { Parameters = [target] }), _environment.Describe(StackSpec.Default)).Should().ContainSingle().Which.ToString().Should().Contain("cannot tell which server an agent is connected to");
    }

    [Fact]
    public void Refusals_ANodeThatCannotDoIt_NameNodeFaultAndPlace()
    {
        var shape = _environment.Describe(StackSpec.Default);
        var helpless = shape with { Nodes = [.. shape.Nodes.Select(node => node with { Can = new HashSet<Type>() })] };

        Refusals(Scenario(), helpless).Should().HaveCount(3).And
            .Contain("s.yaml:9:7: fault 'scripted' is not possible: spire-server-1 in 'fake' cannot be killed.");
    }

    [Fact]
    public void Refusals_AStackThatCannotDoIt_NameWhatItCannot()
    {
        var partition = new ScriptedFault();
        var scenario = Scenario(partition.Kind with { StackMust = [typeof(IDatabaseCluster)] });

        Refusals(scenario, _environment.Describe(StackSpec.Default)).Should()
            .Equal("s.yaml:9:7: fault 'scripted' is not possible: a stack in 'fake' cannot move its database's primary role.");
    }

    [Fact]
    public void Refusals_AnOrderThatMakesNoSense_SayWhy()
    {
        var scenario = Scenario(new ScriptedFault().Kind with { Objection = (fault, stack) => $"{fault.Kind.Name} has {stack.Nodes.Count} nodes before it" });
        var shape = _environment.Describe(StackSpec.Default);

        Refusals(scenario, shape).Should().Equal($"s.yaml:9:7: fault 'scripted' is not possible: scripted has {shape.Nodes.Count} nodes before it.");
    }

    [Fact]
    public void Stack_ForFaults_TellsWhatTheyMustBeAbleToDo() =>
        Scenario(new ScriptedFault().Kind with { StackMust = [typeof(INetworkControl)] }).StackForFaults.FaultsMust
            .Should().BeEquivalentTo([typeof(IKillable), typeof(INetworkControl)]);

    [Fact]
    public void Refusals_ARoleThatTheStackHasNot_NameIt()
    {
        var shape = _environment.Describe(StackSpec.Default);
        var without = shape with { Nodes = [.. shape.Nodes.Where(node => node.Role != Roles.SpireServer)] };

        Refusals(Scenario(), without).Should()
            .Contain("s.yaml:9:7: fault 'scripted' is not possible: a stack in 'fake' has no spire-server.");
    }

    [Fact]
    public void Refusals_ALoadThatAsksForMoreThanTheStackCan_NameLoadAndPlace()
    {
        var kind = new DriverKind("members", "Members.", []) { StackMust = _ => [typeof(ISourceAddresses)] };
        var scenario = Scenario();
        scenario = scenario with { Loads = [.. scenario.Loads, scenario.Loads[0] with { Name = "agents", Driver = kind, Position = new SourcePosition("s.yaml", 4, 3) }] };
        var shape = _environment.Describe(StackSpec.Default);

        Refusals(scenario, shape).Should().Equal(
            "s.yaml:4:3: load 'agents' is not possible: a stack in 'fake' cannot give each agent an address of its own ('addresses: one-each'), which takes a network of the harness' own, as in 'local'; a pod has one address.");
        Refusals(scenario, shape with { Can = new HashSet<Type>(shape.Can) { typeof(ISourceAddresses) } }).Should().BeEmpty();
    }

    [Fact]
    public void Make_ArrivalsWithChoices_AreInThePlanAndComeBackFromIt()
    {
        Arrivals[] forms =
        [
            new Rate(1 / 3.0),
            new RampArrivals(new Rate(1), new Rate(2), TimeSpan.FromSeconds(3)),
            new StepArrivals([new Rate(1)], TimeSpan.FromSeconds(3)),
            new PoissonArrivals(new Rate(5)),
            new BurstArrivals(5, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1)),
            new ClosedArrivals(5, TimeSpan.FromSeconds(1)),
        ];
        var scenario = Scenario() with
        {
            WarmUp = TimeSpan.FromSeconds(7),
            Loads = [.. forms.Select((form, i) => Scenario().Loads[0] with { Name = $"load-{i}", Arrivals = form })],
        };

        var plan = Planner.Make(scenario, new Seed(1), "fake", _environment.Describe(StackSpec.Default), []);
        var read = JsonSerializer.Deserialize<Plan>(JsonSerializer.Serialize(plan, HarnessJson.Pretty), HarnessJson.Pretty)!;

        read.Loads.Select(load => load.Arrivals).Should().BeEquivalentTo(
            plan.Loads.Select(load => load.Arrivals), options => options.WithStrictOrdering().RespectingRuntimeTypes());
        read.Loads[0].Arrivals.Should().Be(forms[0], "plans without forms are those of evenly spaced operations");
        read.Loads[1].Arrivals.Should().Be(((RampArrivals)forms[1]) with { After = scenario.WarmUp });
        ((PoissonArrivals)read.Loads[3].Arrivals).Seed.Should().NotBe(0);
    }

    [Fact]
    public void Make_APopulation_IsAStreamForEachKindOfOperation()
    {
        var kind = new DriverKind("members", "Members.", []) { Operations = [new OperationKind("sync", "Sync.", _ => new Rate(40)), new OperationKind("renew", "Renew.")] };
        var scenario = Scenario();
        scenario = scenario with { Loads = [.. scenario.Loads, scenario.Loads[0] with { Name = "agents", Driver = kind, Arrivals = new OwnArrivals(default) }] };

        var plan = Planner.Make(scenario, new Seed(1), "fake", _environment.Describe(StackSpec.Default), []);

        plan.Loads.Select(load => (load.Name, load.PerSecond, load.Operation)).Should().Equal(("fetch", 10, null), ("agents/sync", 40, "sync"), ("agents/renew", 0, "renew"));
        plan.IndexOf("agents/renew").Should().Be(2);
    }

    private static IEnumerable<string> Refusals(Scenario scenario, StackShape shape) =>
        Planner.Refusals(scenario, shape, "fake").Select(refusal => refusal.ToString());

    private byte[] Bytes(int seed) => JsonSerializer.SerializeToUtf8Bytes(Plan(seed), HarnessJson.Pretty);

    private Plan Plan(int seed) =>
        Planner.Make(Scenario(), new Seed(seed), "fake", _environment.Describe(StackSpec.Default), [new FedInvariant("one", "instant"), new FedInvariant("two", "other"), new FedInvariant("three", "scripted")]);

    private Scenario Scenario(Core.Faults.FaultKind? kind = null) => new()
    {
        Name = "s",
        Question = "Does it?",
        Position = new SourcePosition("s.yaml", 1, 1),
        Loads = [new LoadSpec { Name = "fetch", Driver = new DriverKind("instant", "Nothing.", []), Arrivals = new Rate(10) }],
        Phases =
        [
            new PhaseSpec
            {
                Name = "a",
                Length = TimeSpan.FromSeconds(10),
                Faults = [new FaultSpec { Name = "a/scripted", Kind = kind ?? _fault.Kind, At = TimeSpan.FromSeconds(2), Position = new SourcePosition("s.yaml", 9, 7) }],
            },
            new PhaseSpec { Name = "b", Length = TimeSpan.FromSeconds(5) },
        ],
        Objectives = [],
    };

    private sealed class FedInvariant(string name, string source) : IInvariant
    {
        public string Name => name;

        public string Statement => "Never mind.";

        public IReadOnlyList<string> FedBy => [source];

        public Finding Judge(RunRecording recording) => throw new NotSupportedException();
    }
}
