using Validation.Core;

namespace Validation.Cli.Tests;

/// <summary>Bad input ends with exit code 3, says where, what is allowed and what was probably meant, and starts nothing.</summary>
public sealed class InvalidInputTests : CommandLineTest
{
    private const string Good = """
        scenario: tiny
        question: Does it hold?
        load:
          fetch: { driver: x509-svid-fetch, arrivals: 20/s }
        phases:
          - { name: baseline, for: 20s }
          - name: broken
            for: 20s
            faults:
              - { fault: kill, target: spire-server/any, at: 2s }
        objectives:
          - { load: fetch, availability: 99% }
        """;

    [Fact]
    public async Task Plan_AGoodScenario_Passes() => (await RunAsync("plan", Write("good.yaml", Good))).Should().Be(ExitCode.Pass);

    [Theory]
    [InlineData("fault: kill", "fault: kil", ":10:18: ", "'kill'")]
    [InlineData("arrivals: 20/s", "arivals: 20/s", ":4:37: ", "'arrivals'")]
    [InlineData("driver: x509-svid-fetch", "driver: x509-svid-fetsh", ":4:20: ", "'x509-svid-fetch'")]
    [InlineData("target: spire-server/any", "target: spire-sever/any", ":10:32: ", "'spire-server'")]
    [InlineData("target: spire-server/any", "target: redis/any", ":10:32: ", "no role 'redis'")]
    [InlineData("target: spire-server/any", "target: spire-server-9", ":10:32: ", "no node 'spire-server-9'")]
    [InlineData("for: 20s }", "for: 20 }", ":6:28: ", "20s")]
    [InlineData("at: 2s", "at: 30s", ":10:54: ", "20s")]
    [InlineData("for: 20s }", "for: 200000000h }", ":6:28: ", "is longer than")]
    [InlineData("availability: 99%", "time-to-recover: 5s, settle: 20ms", ":12:37: ", "silence is no recovery")]
    [InlineData("load: fetch", "load: fecth", ":12:13: ", "'fetch'")]
    [InlineData("availability: 99%", "availability: 99", ":12:34: ", "99%")]
    public async Task Run_AMistake_SaysWhereAndWhatWasMeant(string right, string wrong, string place, string remedy)
    {
        var path = Write("bad.yaml", Good.Replace(right, wrong, StringComparison.Ordinal));

        var exitCode = await RunAsync("run", path);

        exitCode.Should().Be(ExitCode.InvalidInput);
        Errors.Should().Contain(path + place).And.Contain(remedy).And.Contain("nothing was started");
    }

    [Theory]
    [InlineData("scenarios/server-kill.yaml: no defect", "scenarios/server-kill.yaml", "knows no defect")]
    [InlineData("a real SPIRE", "scenarios/incidents/primary-away.yaml", "only the embedded SPIRE has defects that can be switched on.\n→ Leave out --spire, ", "--spire", "/opt/spire")]
    [InlineData("SPIRE's own images, which are the default", "scenarios/incidents/join-token-race.yaml", "only the embedded SPIRE has defects that can be switched on.\n→ Give --embedded-spire.", "--environment", "k3s")]
    public async Task Run_WithADefectThatCannotBe_IsRefusedWithTheReason(string why, string scenario, string reason, params string[] options)
    {
        (await RunAsync(["run", scenario, "--with-defect", .. options])).Should().Be(ExitCode.InvalidInput, why);

        Errors.Should().Contain(reason);
    }

    [Theory]
    [InlineData("local", "--context", "'kubernetes'")]
    [InlineData("local", "--image", "'k3s'")]
    [InlineData("local", "--embedded-spire", "'k3s' and 'kubernetes'")]
    [InlineData("k3s", "--spire", "'local'")]
    [InlineData("k3s", "--kubeconfig", "'kubernetes'")]
    [InlineData("kubernetes", "--spire-next", "'local'")]
    public async Task Run_AnOptionThatTheEnvironmentWouldNotHeed_IsRefused(string environment, string option, string others)
    {
        string[] given = option == "--embedded-spire" ? [option] : [option, "a=b"];

        (await RunAsync(["run", "--environment", environment, .. given])).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain($"{option} says nothing to '{environment}'; it is for {others}. Nothing was started.");
    }

    [Fact]
    public async Task Run_AFolderWithDefects_LetsScenariosWithoutOneRunAsTheyAre()
    {
        Write("good.yaml", Good);
        Write("mistaken.yaml", Good.Replace("20/s", "20", StringComparison.Ordinal));

        (await RunAsync("run", Folder.FullName, "--with-defect")).Should().Be(ExitCode.InvalidInput);

        Console.Should().Contain("knows no defect and runs as it is.");
        Errors.Should().Contain("1 of 2 scenarios cannot run").And.NotContain("good.yaml");
    }

    [Theory]
    [InlineData("scenarios/incidents/servers-gone-and-back.yaml", "in a cluster SPIRE has its own 'sync-interval'")]
    [InlineData("scenarios/incidents/old-primary-kept.yaml", "in a cluster SPIRE has its own 'sync-interval'")]
    [InlineData("scenarios/incidents/replica-left-behind.yaml", "in a cluster nobody takes a replica that lags out")]
    public async Task Plan_SettingsThatAClusterDoesNotHave_AreRefusedWithTheirPlace(string scenario, string reason)
    {
        (await RunAsync("plan", scenario, "--environment", "k3s")).Should().Be(ExitCode.InvalidInput);

        Errors.Should().MatchRegex($@"\.yaml:\d+:\d+: {reason}");
    }

    [Theory]
    [InlineData("local", "", "dns-outage", "target 'dns' hits nobody: the stack has no role 'dns'. Write 'stack: { dns: 1 }'.")]
    [InlineData("local", "", "dns-outage, target: spire-agent", "a stack in 'local' cannot have its name server silenced, which takes 'stack: { dns: 1 }'")]
    [InlineData("k3s", "stack: { dns: 1 }", "dns-outage", "in a cluster names are answered by the cluster's own DNS, which is not the run's")]
    public async Task Plan_ADnsOutageWhereThereAreNoNames_IsRefusedWithWhatToWrite(string environment, string stack, string fault, string reason)
    {
        var path = Write("names.yaml", $"{stack}\n{Good.Replace("fault: kill, target: spire-server/any", $"fault: {fault}, for: 5s", StringComparison.Ordinal)}");

        (await RunAsync("plan", path, "--environment", environment)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain(reason);
    }

    [Fact]
    public async Task Run_AClosedPopulationSharedByWorkers_IsRefusedWithTheReason()
    {
        var path = Write("closed.yaml", Good.Replace("20/s }", "{ closed: 9 } }", StringComparison.Ordinal).Replace("availability: 99%", "p99: 1s, minimum-samples: 10", StringComparison.Ordinal));

        var exitCode = await RunAsync("run", path, "--workers", "2");

        exitCode.Should().Be(ExitCode.InvalidInput);
        Errors.Should().Contain("closed.yaml:4:3: load 'fetch' cannot be shared by workers").And.Contain("Leave out --workers");
    }

    [Theory]
    [InlineData("--load", "fecth", "no load 'fecth'. Did you mean 'fetch'?")]
    [InlineData("--to", "5/s", "The highest rate, 5/s, is below the lowest, 20/s")]
    [InlineData("--from", "20", "--from is '20'; allowed is a number per second")]
    [InlineData("--window", "10", "--window is '10'; allowed is a duration from 1s to 1m")]
    public async Task Capacity_AnOptionThatCannotBe_SaysWhatIsAllowed(string option, string value, string remedy)
    {
        var exitCode = await RunAsync("capacity", Write("good.yaml", Good), option, value);

        exitCode.Should().Be(ExitCode.InvalidInput);
        Errors.Should().Contain(remedy);
    }

    [Fact]
    public async Task Bench_WhatIsNotKnown_IsInvalidInput() => (await RunAsync("bench", "everything")).Should().Be(ExitCode.InvalidInput);

    [Fact]
    public async Task Run_AFolderWithMistakesInSeveralScenarios_NamesThemAllAndStartsNothing()
    {
        Write("a.yaml", Good.Replace("fault: kill", "fault: kil", StringComparison.Ordinal));
        Write("b.yaml", Good);
        Write("c.yaml", Good.Replace("load: fetch", "load: fecth", StringComparison.Ordinal));

        (await RunAsync("run", Folder.FullName)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("a.yaml:10:18: ").And.Contain("c.yaml:12:13: ").And.Contain("2 of 3 scenarios cannot run; nothing was started");
    }

    [Fact]
    public async Task Run_AFolderWithOneThatTheEnvironmentCannotRun_StillStartsNothingWhenAnotherHasAMistake()
    {
        Write("a.yaml", Good.Replace("spire-server/any", "k3s-server-1", StringComparison.Ordinal));
        Write("b.yaml", Good.Replace("fault: kill", "fault: kil", StringComparison.Ordinal));

        (await RunAsync("run", Folder.FullName)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("b.yaml:10:18: ").And.Contain("1 of 2 scenarios cannot run; nothing was started").And.NotContain("k3s-server-1");
    }

    [Fact]
    public async Task Run_AFolderOfWhichTheEnvironmentCanRunNothing_SaysWhyOfEach()
    {
        Write("a.yaml", Good.Replace("spire-server/any", "k3s-server-1", StringComparison.Ordinal));
        Write("b.yaml", Good.Replace("spire-server/any", "k3s-agent-2", StringComparison.Ordinal));

        (await RunAsync("run", Folder.FullName)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("a.yaml:10:9: fault 'kill' is not possible: a stack in 'local' has no k3s-server-1.")
            .And.Contain("b.yaml:10:9: fault 'kill' is not possible: a stack in 'local' has no k3s-agent-2.")
            .And.Contain("'local' can run no scenario of");
    }

    [SkippableFact]
    public async Task Run_AFolderWithOneThatTheEnvironmentCannotRun_SaysBeforeTheRestThatItIsLeftOutAndWhy()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "there is no /sys, where nobody may make a folder");
        Write("a.yaml", Good);
        Write("b.yaml", Good.Replace("spire-server/any", "k3s-server-1", StringComparison.Ordinal));

        (await RunAsync("run", Folder.FullName, "--reports", "/sys/reports")).Should().Be(ExitCode.EnvironmentFailed, "the other one would run");

        Console.Should().Contain("b.yaml is left out:").And.Contain("b.yaml:10:9: fault 'kill' is not possible: a stack in 'local' has no k3s-server-1.");
    }

    [Fact]
    public async Task Run_AFolderWithoutScenarios_IsInvalidInput()
    {
        (await RunAsync("run", Folder.FullName)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("no scenario (*.yaml) in this folder");
    }

    [SkippableFact]
    public async Task Run_ReportsWhereNobodyMayWrite_SaysSoAndIsNoBug()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "there is no /sys, where nobody may make a folder");

        (await RunAsync("run", Write("good.yaml", Good), "--reports", "/sys/reports")).Should().Be(ExitCode.EnvironmentFailed);

        Errors.Should().Contain("/sys/reports").And.Contain("--reports").And.NotContain("bug");
    }

    [Fact]
    public async Task Run_AnEmptyLoad_SaysWhere()
    {
        var path = Write("bad.yaml", Good.Replace("{ driver: x509-svid-fetch, arrivals: 20/s }", "{}", StringComparison.Ordinal));

        (await RunAsync("run", path)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain($"{path}:4:10: ").And.Contain("driver");
    }

    [Fact]
    public async Task Run_SeveralMistakes_AreReportedAtOnce()
    {
        var path = Write("bad.yaml", Good.Replace("fault: kill", "fault: kil", StringComparison.Ordinal).Replace("for: 20s }", "for: 20 }", StringComparison.Ordinal));

        await RunAsync("run", path);

        Errors.Should().Contain(":10:18: ").And.Contain(":6:28: ").And.Contain("2 mistakes");
    }

    [Fact]
    public async Task Run_AFileThatDoesNotExist_NamesThoseThatDo()
    {
        (await RunAsync("run", "scenarios/quik-start.yaml")).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("Did you mean 'scenarios/quick-start.yaml'?");
    }

    [Fact]
    public async Task Plan_AnUnknownEnvironment_NamesThoseThatAreKnown()
    {
        (await RunAsync("plan", "--environment", "locl")).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("There is no environment 'locl'. Did you mean 'local'?");
    }

    [Theory]
    [InlineData("rum")]
    [InlineData("run", "--sede", "5")]
    [InlineData("run", "--seed", "five")]
    [InlineData("judge")]
    public async Task AnyCommand_WrongArguments_AreInvalidInput(params string[] arguments) =>
        (await RunAsync(arguments)).Should().Be(ExitCode.InvalidInput);

    [Fact]
    public async Task Judge_NotTheFolderOfARun_SaysWhatWouldBeOne()
    {
        (await RunAsync("judge", Folder.FullName)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("has no plan.json").And.Contain("reports/quick-start/latest");
    }

    [Fact]
    public async Task Status_OfAStackThatIsNotUp_SaysHowToBringItUp()
    {
        (await RunAsync("status", "--name", "nobody-has-this-name")).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("No stack named 'nobody-has-this-name' is up.");
    }
}
