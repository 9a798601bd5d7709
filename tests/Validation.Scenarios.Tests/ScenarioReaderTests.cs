using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Scenarios.Tests;

public sealed class ScenarioReaderTests
{
    private const string Full = """
        # A comment for readers.
        scenario: everything
        question: Is every key read?
        seed: -7
        promises: [P1, P9]
        stack:
          spire-server: 5
          spire-agent: 1
          spire: { x509-svid-ttl: 5m, agent-ttl: 30m, ca-ttl: 2h }
        load:
          fetch: { driver: x509-svid-fetch, arrivals: 20/s, timeout: 2s, identities: 3 }
          churn:
            driver: entry-churn
            arrivals: 30/min
        phases:
          - { name: baseline, for: 1m }
          - name: broken
            for: 30s
            faults:
              - { fault: kill, target: spire-server/any, at: 2s, hold: 5s }
              - { fault: partition, target: spire-server-5, from: pooler, direction: to-target, for: 3s, name: cut }
        objectives:
          - { load: fetch, window: baseline, p99.9: <= 250ms, minimum-samples: 50, name: quick }
          - { load: fetch, availability: ">= 99.5%", abort: true }
          - { load: churn, window: broken, time-to-recover: 10s, since: heal, settle: 4s }
          - { load: fetch, window: broken/fault, longest-outage: 2s }
        invariants: [svid-verifies]
        expect: { verdict: fail, because: quick }
        warm-up: 3s
        repeat: 14
        blast-radius: 4
        deadline: 20m
        """;

    [Fact]
    public void Read_FileFullOfMistakes_ReportsAllOfThemWithTheirPlaces()
    {
        var yaml = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Expectations", "every-mistake.yaml"));

        var reading = TestCatalog.Read(yaml, "scenarios/every-mistake.yaml");

        reading.Scenario.Should().BeNull();
        var text = string.Join('\n', reading.Diagnostics) + "\n";
        text.Should().Be(Golden.Text("every-mistake.txt", text));
    }

    [Fact]
    public void Read_EveryKeyOfTheScenario_ArrivesInIt()
    {
        var scenario = Must(Full);

        scenario.Name.Should().Be("everything");
        scenario.Question.Should().Be("Is every key read?");
        scenario.Seed.Should().Be(-7);
        scenario.WarmUp.Should().Be(TimeSpan.FromSeconds(3));
        scenario.Repeat.Should().Be(14);
        scenario.BlastRadius.Should().Be(4);
        scenario.Deadline.Should().Be(TimeSpan.FromMinutes(20));
        scenario.Objectives.Select(objective => objective.Abort).Should().Equal(false, true, false, false);
        scenario.Promises.Should().Equal("P1", "P9");
        scenario.Invariants.Should().Equal("svid-verifies");
        scenario.Expect.Should().Be(new ExpectedFinding("quick"));
        scenario.Stack.Counts.Should().Contain("spire-server", 5).And.Contain("spire-agent", 1).And.Contain("postgres", 2);
        scenario.Stack.X509SvidTtl.Should().Be(TimeSpan.FromMinutes(5));
        scenario.Stack.AgentTtl.Should().Be(TimeSpan.FromMinutes(30));
        scenario.Stack.CaTtl.Should().Be(TimeSpan.FromHours(2));
    }

    [Fact]
    public void Read_Loads_HaveDriverArrivalsTimeoutAndParameters()
    {
        var loads = Must(Full).Loads;

        loads.Select(load => (load.Name, load.Driver.Name, load.Arrivals.PerSecond, load.Timeout)).Should().Equal(
            ("fetch", "x509-svid-fetch", 20, TimeSpan.FromSeconds(2)),
            ("churn", "entry-churn", 0.5, TimeSpan.FromSeconds(10)));
        loads[0].Parameters.ToText(loads[0].Driver.Parameters).Should().Contain("identities", "3");
    }

    [Fact]
    public void Read_Population_HasNoArrivalsAndAStreamForEachOperation()
    {
        var scenario = Must(Minimal().Replace("{ driver: x509-svid-fetch, arrivals: 200/s }", "{ driver: spire-agents, agents: 100 }").Replace("load: fetch", "load: fetch/sync"));

        scenario.Loads.Single().Streams.Select(stream => (stream.Name, stream.Operation, stream.Arrivals.PerSecond)).Should().Equal(
            ("fetch/attest", "attest", 0), ("fetch/sync", "sync", 20), ("fetch/sign", "sign", 0), ("fetch/renew", "renew", 0));
        scenario.Objectives.Should().OnlyContain(objective => objective.Load == "fetch/sync");
    }

    [Fact]
    public void Read_PopulationWithArrivals_IsRefusedWithItsPlace()
    {
        var yaml = Minimal().Replace("driver: x509-svid-fetch", "driver: spire-agents").Replace("load: fetch", "load: fetch/sync");

        TestCatalog.Read(yaml).Diagnostics.Should().ContainSingle().Which.Message.Should().StartWith("'spire-agents' takes no arrivals");
    }

    [Theory]
    [InlineData("baseline", "20s", true)]
    [InlineData("baseline", "19s", false)]
    [InlineData("broken", "20s", false)]
    public void Read_AnOutageAsLongAsItsWindow_IsRefusedWhereNoFaultMakesThatLonger(string window, string limit, bool isRefused) =>
        TestCatalog.Read($$"""
            scenario: long
            question: Is it asked what can be answered?
            load:
              fetch: { driver: x509-svid-fetch, arrivals: 20/s }
            phases:
              - { name: baseline, for: 20s }
              - { name: broken, for: 20s, faults: [{ fault: kill, target: pooler, at: 1s }] }
            objectives:
              - { load: fetch, window: {{window}}, longest-outage: {{limit}} }
            """).Diagnostics.Select(mistake => mistake.Message.Contains($"cannot be exceeded: window 'baseline' lasts 20s.")).Should().Equal(isRefused ? [true] : Array.Empty<bool>());

    [Fact]
    public void Read_ObjectiveForAWholePopulation_IsToldTheNamesOfItsOperations()
    {
        var yaml = Minimal().Replace("{ driver: x509-svid-fetch, arrivals: 200/s }", "{ driver: spire-agents }");

        TestCatalog.Read(yaml).Diagnostics.Should().OnlyContain(mistake => mistake.Message.Contains("fetch/attest, fetch/sync, fetch/sign, fetch/renew"));
    }

    [Fact]
    public void Read_Faults_HaveNameInstantAndParameters()
    {
        var phase = Must(Full).Phases[1];

        phase.Length.Should().Be(TimeSpan.FromSeconds(30));
        phase.Faults.Select(fault => (fault.Name, fault.Kind.Name, fault.At)).Should().Equal(
            ("broken/kill", "kill", TimeSpan.FromSeconds(2)),
            ("cut", "partition", TimeSpan.Zero));
        phase.Faults[0].Parameters.Get(TestCatalog.Target).Text.Should().Be("spire-server/any");
        phase.Faults[0].Parameters.Get(TestCatalog.Hold).Should().Be(TimeSpan.FromSeconds(5));
        phase.Faults[1].Parameters.Get(TestCatalog.Direction).Should().Be(Direction.ToTarget);
    }

    [Theory]
    [InlineData("at: 2s, every: 10s, repeat: 3", new[] { 2, 12, 22 })]
    [InlineData("at: 2s, every: 10s, until: 23s", new[] { 2, 12, 22 })]
    [InlineData("at: 2s, every: 10s, until: 22s", new[] { 2, 12 })]
    [InlineData("every: 10s", new[] { 0, 10, 20 })]
    [InlineData("name: mine, every: 15s", new[] { 0, 15 })]
    public void Read_FaultThatComesBack_IsAFaultForEachInstant(string when, int[] seconds)
    {
        var faults = Must(Full.Replace("at: 2s, hold: 5s", when)).Phases[1].Faults.Where(fault => fault.Kind.Name == "kill").ToArray();

        faults.Select(fault => (int)fault.At.TotalSeconds).Should().Equal(seconds);
        var first = when.StartsWith("name: mine", StringComparison.Ordinal) ? "mine" : "broken/kill";
        faults.Select(fault => fault.Name).Should().Equal(seconds.Select((_, i) => i == 0 ? first : $"{first}-{i + 1}"));
    }

    [Theory]
    [InlineData("target: spire-server/all, at: 2s, stagger: 3s", "2:0 5:1 8:2 11:3 14:4")]
    [InlineData("target: spire-server/all-but-one, stagger: 500ms", "0:0 0.5:1 1:2 1.5:3")]
    [InlineData("target: spire-server/random-2, stagger: 2s, every: 10s, repeat: 2", "0:0 2:1 10:0 12:1")]
    public void Read_FaultThatIsStaggered_IsAFaultForEachTarget(string fault, string turns)
    {
        var faults = Must(Full.Replace("target: spire-server/any, at: 2s, hold: 5s", fault)).Phases[1].Faults.Where(spec => spec.Kind.Name == "kill").ToArray();

        string.Join(' ', faults.Select(spec => FormattableString.Invariant($"{spec.At.TotalSeconds}:{spec.Parameters.Get(TestCatalog.Target).Turn!.Index}"))).Should().Be(turns);
        faults.Select(spec => spec.Name).Should().OnlyHaveUniqueItems();
        faults.Select(spec => spec.Parameters.Get(TestCatalog.Target).Turn!.Fault).Distinct().Should().Equal(faults.Where(spec => spec.Parameters.Get(TestCatalog.Target).Turn!.Index == 0).Select(spec => spec.Name));
    }

    [Theory]
    [InlineData("target: spire-server/any, stagger: 3s", "*'spire-server/any' is one node; 'stagger' needs several, such as spire-server/all.")]
    [InlineData("target: spire-server/all, stagger: 20s", "*the last of 5 targets is hit at 1m20s, which is not before the end of the phase (30s).")]
    public void Read_FaultThatCannotBeStaggered_SaysWhy(string fault, string complaint) =>
        TestCatalog.Read(Full.Replace("target: spire-server/any, at: 2s, hold: 5s", fault), "scenarios/test.yaml").Diagnostics.Should().ContainSingle().Which.ToString().Should().Match(complaint);

    [Fact]
    public void Read_Objectives_HaveMeasureLimitWindowAndSamples()
    {
        var objectives = Must(Full).Objectives;

        objectives.Select(objective => (objective.Name, objective.Window.ToString(), objective.LimitText(), objective.MinimumSamples)).Should().Equal(
            ("quick", "baseline", "≤ 250ms", 50),
            ("fetch availability whole", "whole", "≥ 99.5 %", 200),
            ("churn time-to-recover broken", "broken", "≤ 10s", 10),
            ("fetch longest-outage broken/fault", "broken/fault", "≤ 2s", 10));
        objectives[0].Measure.Should().Be(new Measure(MeasureKind.Latency, 99.9));
        objectives[2].Since.Should().Be(RecoveryStart.Heal);
        objectives[2].Settle.Should().Be(TimeSpan.FromSeconds(4));
    }

    [Fact]
    public void Read_AvailabilityLimit_IsTheNearestDoubleOfTheWrittenShare()
    {
        Must(Full).Objectives[1].Limit.Should().Be(0.995);
    }

    [Fact]
    public void Read_EverythingWithAPlace_KeepsIt()
    {
        var scenario = Must(Full);

        scenario.Loads[1].Position.ToString().Should().Be("scenarios/test.yaml:12:3");
        scenario.Phases[1].Position.Line.Should().Be(17);
        scenario.Phases[1].Faults[1].Position.ToString().Should().Be("scenarios/test.yaml:21:9");
        scenario.Position.Path.Should().Be("scenarios/test.yaml");
    }

    [Fact]
    public void Read_OnlyWhatIsRequired_LeavesTheRestToTheDefaults()
    {
        var scenario = Must(Minimal());

        scenario.Seed.Should().BeNull();
        scenario.Invariants.Should().BeNull();
        scenario.Expect.Should().BeNull();
        scenario.Promises.Should().BeEmpty();
        scenario.Stack.Should().Be(StackSpec.Default);
        scenario.Objectives[0].Settle.Should().Be(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void Read_SameKindOfFaultAgainInAPhase_IsNumbered()
    {
        var scenario = Must(Minimal(faults: "[{ fault: kill, target: pooler }, { fault: kill, target: dcs }, { fault: kill, target: workload }]"));

        scenario.Phases[0].Faults.Select(fault => fault.Name).Should().Equal("steady/kill", "steady/kill-2", "steady/kill-3");
    }

    [Fact]
    public void Read_SameMeasureFromInjectionAndFromHeal_IsNumbered()
    {
        var scenario = Must(Minimal(
            faults: "[{ fault: kill, target: pooler }]",
            objectives: "[{ load: fetch, window: steady, time-to-recover: 9s }, { load: fetch, window: steady, time-to-recover: 5s, since: heal }]"));

        scenario.Objectives.Select(objective => objective.Name).Should().Equal("fetch time-to-recover steady", "fetch time-to-recover steady-2");
    }

    [Fact]
    public void Read_AnchorsAndAliases_AreFollowed()
    {
        var scenario = Must(Minimal(objectives: "[{ load: fetch, p99: &limit 700ms }, { load: fetch, p50: *limit }]"));

        scenario.Objectives.Select(objective => objective.Limit).Should().Equal(0.7, 0.7);
    }

    [Fact]
    public void Read_WindowsLineEnds_GiveTheSamePlaces()
    {
        var reading = TestCatalog.Read(Minimal(more: "sed: 3").ReplaceLineEndings("\r\n"));

        reading.Diagnostics.Should().ContainSingle().Which.Position.Line.Should().Be(6);
    }

    [Theory]
    [InlineData("", "1:1: the file holds no scenario. Begin with 'scenario: a-name'.")]
    [InlineData("# only a comment\n", "1:1: the file holds no scenario. Begin with 'scenario: a-name'.")]
    [InlineData("just words\n", "1:1: the scenario must be a mapping of keys and values, not the single value 'just words'.")]
    [InlineData("- scenario: a\n", "1:1: the scenario must be a mapping of keys and values, not a list.")]
    [InlineData("load:\n\tfetch: 1\n", "2:1: a tab stands in the indentation. YAML allows blanks only.")]
    [InlineData("a: [1, 2\nb: 3\n", "1:4: the text is not YAML: the '[' that opens here is not closed.")]
    [InlineData("a: b: c\n", "1:5: the text is not YAML: while scanning a plain scalar value, found invalid mapping.")]
    [InlineData("a: \"b\n", "1:4: the text is not YAML: while scanning a quoted scalar, found unexpected end of stream.")]
    [InlineData("{ availability: >= 99.9% }\n", "1:17: the text is not YAML: while scanning for the next token, found character that cannot start any token. A value that begins with '>' needs quotes: \">= 99.9%\".")]
    [InlineData("availability: >= 99.9%\n", "1:15: the text is not YAML: while scanning a block scalar, did not find expected comment or line break. A value that begins with '>' needs quotes: \">= 99.9%\".")]
    [InlineData("a: *nobody\n", "1:4: the text is not YAML: the alias '*nobody' has no anchor '&nobody' before it.")]
    public void Read_TextThatIsNoScenario_SaysWhyAndWhere(string yaml, string expected)
    {
        var reading = TestCatalog.Read(yaml);

        reading.Scenario.Should().BeNull();
        reading.Diagnostics.Should().ContainSingle().Which.ToString().Should().Be("scenarios/test.yaml:" + expected);
    }

    [Fact]
    public void Read_NestedWithoutEnd_IsRefusedAndDoesNotEndTheProcess()
    {
        var reading = TestCatalog.Read("a: " + new string('[', 200_000));

        reading.Diagnostics.Should().ContainSingle().Which.Message.Should().Contain("nested deeper than 32 levels");
    }

    [Theory]
    [InlineData("cut off")]
    [InlineData("one letter less")]
    [InlineData("one bracket more")]
    [InlineData("one quote more")]
    public void Read_MutilatedText_IsAScenarioOrHasDiagnosticsThatPointIntoIt(string how)
    {
        var text = Full.ReplaceLineEndings("\n");
        var lines = text.Count(letter => letter == '\n') + 2;

        for (var at = 0; at < text.Length; at++)
        {
            var reading = TestCatalog.Read(how switch
            {
                "cut off" => text[..at],
                "one letter less" => text.Remove(at, 1),
                "one bracket more" => text.Insert(at, "["),
                _ => text.Insert(at, "\""),
            });

            reading.Succeeded.Should().Be(reading.Diagnostics.Count == 0);
            reading.Diagnostics.Should().NotContain(found => found.Position.Line < 1 || found.Position.Line > lines || found.Position.Column < 1);
        }
    }

    [Fact]
    public void Read_SecondDocument_IsRefused()
    {
        var reading = TestCatalog.Read(Minimal() + "\n---\nscenario: other\n");

        reading.Diagnostics.Should().ContainSingle().Which.Message.Should().Be("a second document begins here. A file holds one scenario.");
    }

    [Theory]
    [InlineData("[]", "'objectives' is empty. Leave it out or give at least one item.")]
    [InlineData("~", "'objectives' has no value.")]
    public void Read_NoObjective_IsRefused(string objectives, string expected)
    {
        TestCatalog.Read(Minimal(objectives: objectives)).Diagnostics.Should().ContainSingle().Which.Message.Should().Be(expected);
    }

    [Fact]
    public void Read_NoInvariants_IsRefusedBecauseSilenceIsNoPass()
    {
        TestCatalog.Read(Minimal(more: "invariants: []")).Diagnostics.Should().ContainSingle().Which.Message.Should().Contain("'invariants' is empty");
    }

    [Theory]
    [InlineData("fetch p99 hole", "because 'fetch p99 hole' is not known. Did you mean 'fetch p99 whole'?*")]
    [InlineData("entries-not-lst", "*Did you mean 'entries-not-lost'?*")]
    public void Read_ExpectationThatNamesNoCheck_IsRefused(string because, string expected)
    {
        TestCatalog.Read(Minimal(more: $"expect: {{ verdict: fail, because: {because} }}"))
            .Diagnostics.Should().ContainSingle().Which.Message.Should().Match(expected);
    }

    [Theory]
    [InlineData("fetch p99 whole")]
    [InlineData("steady/kill")]
    public void Read_ExpectationOfDoubt_MayNameAnObjectiveOrAFault(string because)
    {
        var scenario = Must(Minimal(faults: "[{ fault: kill, target: spire-server-1, at: 1s }]", more: $"expect: {{ verdict: inconclusive, because: {because} }}"));

        scenario.Expect.Should().Be(new ExpectedFinding(because) { Verdict = Core.Verdict.Inconclusive });
    }

    [Fact]
    public void Read_ExpectationBesideABrokenFault_BlamesTheFaultAlone()
    {
        var reading = TestCatalog.Read(Minimal(faults: "[{ fault: kil, target: spire-server-1, at: 1s }]", more: "expect: { verdict: inconclusive, because: steady/kill }"));

        reading.Diagnostics.Should().ContainSingle().Which.Message.Should().StartWith("fault 'kil' is not known.");
    }

    [Fact]
    public void Read_ExpectationWithAMistypedVerdict_BlamesTheVerdictAlone()
    {
        var reading = TestCatalog.Read(Minimal(faults: "[{ fault: kill, target: spire-server-1, at: 1s }]", more: "expect: { verdict: inconclusiv, because: steady/kill }"));

        reading.Diagnostics.Should().ContainSingle().Which.Message.Should().Contain("Did you mean 'inconclusive'?");
    }

    [Fact]
    public void Read_ExpectationOfDoubtInSeveralRepetitions_IsRefused()
    {
        var reading = TestCatalog.Read(Minimal(more: "repeat: 14\nexpect: { verdict: inconclusive, because: fetch p99 whole }"));

        reading.Diagnostics.Should().ContainSingle().Which.Message.Should().StartWith("a canary that must be inconclusive is one run");
    }

    [Fact]
    public void Read_ExpectationThatAFaultFails_IsRefusedBecauseFaultsAreAtMostInconclusive()
    {
        var reading = TestCatalog.Read(Minimal(faults: "[{ fault: kill, target: spire-server-1, at: 1s }]", more: "expect: { verdict: fail, because: steady/kill }"));

        reading.Diagnostics.Should().ContainSingle().Which.Message.Should().StartWith("because 'steady/kill' is not known.");
    }

    [Fact]
    public void Read_ExpectationBesideABrokenObjective_BlamesTheObjectiveAlone()
    {
        var reading = TestCatalog.Read(Minimal(objectives: "[{ load: fetch, p99: 250 }]", more: "expect: { verdict: fail, because: fetch p99 whole }"));

        reading.Diagnostics.Should().ContainSingle().Which.Message.Should().Be("limit '250' has no unit. Write '250ms'.");
    }

    [Theory]
    [InlineData("50/min", "50/min")]
    [InlineData("{ ramp: 10/s..200/s, over: 60s }", "10/s..200/s over 1m")]
    [InlineData("{ steps: [50/s, 100/s, 200/s], each: 30s }", "50/s, 100/s, 200/s, each 30s")]
    [InlineData("{ poisson: 100/s }", "Poisson 100/s")]
    [InlineData("{ burst: 500, every: 10s, at: 2s }", "500 at once every 10s")]
    [InlineData("{ closed: 50, think: 100ms }", "50 that wait for their answers and 100ms more")]
    [InlineData("{ closed: 50 }", "50 that wait for their answers and 0s more")]
    public void Read_Arrivals_HaveManyForms(string arrivals, string read) =>
        Must(Minimal(arrivals: arrivals, objectives: "[{ load: fetch, p99: 1s, minimum-samples: 1 }]")).Loads[0].Arrivals.ToString().Should().Be(read);

    [Theory]
    [InlineData("{ ramp: 10/s-200/s, over: 60s }", "3:61: ramp '10/s-200/s' is not allowed. Allowed is two rates with two dots between them, such as 10/s..200/s.")]
    [InlineData("{ ramp: 10/s..200/s }", "*'arrivals' has no 'over'. Write for example 'over: 60s'.")]
    [InlineData("{ rampe: 10/s..200/s, over: 60s }", "*key 'rampe' is not known in 'arrivals'. Did you mean 'ramp'? Allowed is ramp, steps, poisson, burst, closed.")]
    [InlineData("{ poisson: 100 }", "*poisson '100' has no unit. Write '100/s'.")]
    [InlineData("{ poisson: 100/s, burst: 5 }", "*key 'burst' is not known in 'arrivals'. Allowed is poisson.")]
    [InlineData("{ steps: [50/s, fast], each: 30s }", "*steps 'fast' is not allowed.*")]
    [InlineData("{ burst: 500, every: 2s, at: 2s }", "*at '2s' is not before the next burst: there is one every 2s.")]
    [InlineData("{ closed: 0 }", "*closed '0' is not allowed. Allowed is a whole number from 1 to 100000.")]
    [InlineData("{ closed: 5, think: 100 }", "*think '100' has no unit. Write '100ms'.")]
    [InlineData("{}", "*'arrivals' is empty. Allowed is ramp, steps, poisson, burst, closed, or a rate such as 20/s.")]
    [InlineData("[20/s]", "*'arrivals' must be a single value, not a list.")]
    public void Read_ArrivalsThatCannotBe_SaysWhatCan(string arrivals, string expected) =>
        TestCatalog.Read(Minimal(arrivals: arrivals)).Diagnostics.Select(found => found.ToString()).First().Should().Match($"*{expected}");

    [Theory]
    [InlineData("100/s", "p99: 250ms", true)]
    [InlineData("{ ramp: 1/s..100/s, over: 60s }", "p99: 250ms", true)]
    [InlineData("{ ramp: 1/s..2/s, over: 60s }", "p99: 250ms", false)]
    [InlineData("{ burst: 10, every: 60s }", "p99: 250ms", false)]
    [InlineData("1/s", "p99: 250ms", false)]
    [InlineData("1/s", "p99: 250ms, minimum-samples: 10", true)]
    [InlineData("1/s", "p99: 250ms, minimum-samples: 11", false)]
    [InlineData("20/s", "availability: 99.5%", true)]
    [InlineData("20/s", "availability: 99.6%", false)]
    public void Read_ObjectiveThatTheLoadCannotDecide_IsRefused(string arrivals, string measure, bool decidable)
    {
        var reading = TestCatalog.Read(Minimal(arrivals: arrivals, objectives: $"[{{ load: fetch, {measure} }}]"));

        reading.Succeeded.Should().Be(decidable);
    }

    [Theory]
    [InlineData("postgres: 1", false)]
    [InlineData("postgres: 2", true)]
    [InlineData("postgres: 9", true)]
    [InlineData("postgres: 10", false)]
    [InlineData("spire-server: 0", false)]
    [InlineData("spire-server: 1", true)]
    [InlineData("spire-agent: 9", true)]
    [InlineData("dcs: 1", true)]
    [InlineData("dcs: 3", false)]
    [InlineData("load-balancer: 2", false)]
    [InlineData("database: { reads: primary }", true)]
    [InlineData("database: { reads: replicas }", true)]
    [InlineData("database: { reads: replica }", false)]
    [InlineData("database: { writes: primary }", false)]
    [InlineData("spire: { x509-svid-ttl: 59s }", false)]
    [InlineData("spire: { x509-svid-ttl: 1m }", true)]
    [InlineData("spire: { ca-ttl: 9m }", false)]
    [InlineData("spire: { ca-ttl: 10m }", true)]
    public void Read_StackSetting_IsHeldToItsBounds(string setting, bool allowed)
    {
        TestCatalog.Read(Minimal(more: $"stack: {{ {setting} }}")).Succeeded.Should().Be(allowed);
    }

    [Fact]
    public void Read_SelectorForANodeThatThisStackLacks_IsRefused()
    {
        var yaml = Minimal(more: "stack: { spire-server: 2 }", faults: "[{ fault: kill, target: spire-server-3 }]");

        TestCatalog.Read(yaml).Diagnostics.Should().ContainSingle().Which.Message.Should().StartWith("target 'spire-server-3' hits nobody: the stack has no node");
    }

    private static Scenario Must(string yaml)
    {
        var reading = TestCatalog.Read(yaml);
        reading.Diagnostics.Should().BeEmpty();
        return reading.Scenario!;
    }

    private static string Minimal(
        string arrivals = "200/s", string? faults = null, string objectives = "[{ load: fetch, p99: 1s }]", string more = "") =>
        $$"""
        scenario: minimal
        question: Is this enough?
        load: { fetch: { driver: x509-svid-fetch, arrivals: {{arrivals}} } }
        phases: [{ name: steady, for: 10s{{(faults is null ? string.Empty : ", faults: " + faults)}} }]
        objectives: {{objectives}}
        {{more}}
        """;
}
