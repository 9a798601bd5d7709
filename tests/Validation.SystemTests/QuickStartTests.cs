using System.Text.RegularExpressions;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.SystemTests;

/// <summary>The quick-start scenario as a new user runs it, and everything that its recording must show.</summary>
[Trait("Kind", "System")]
public sealed class QuickStartTests : IClassFixture<QuickStartTests.QuickStart>
{
    private readonly QuickStart _quickStart;

    public QuickStartTests(QuickStart quickStart)
    {
        Capability.RequireRoot();
        _quickStart = quickStart;
    }

    private RunRecording Recording => _quickStart.Harness.Recording();

    [SkippableFact]
    public void Run_QuickStart_Passes() => _quickStart.Harness.ExitCode.Should().Be(ExitCode.Pass, _quickStart.Harness.Output);

    [SkippableFact]
    public void Run_QuickStart_WritesEveryReport()
    {
        var run = _quickStart.Harness.Run();

        new[] { run.Plan, run.Events, run.Samples, run.Svids, run.EnvironmentFacts, run.Result, run.HtmlReport, run.MarkdownReport, run.JUnitReport }
            .Should().OnlyContain(file => file.Exists && file.Length > 0);
        run.Logs.GetFiles().Select(file => Path.GetFileNameWithoutExtension(file.Name)).Should().Contain(["postgres-1", "spire-server-3", "spire-agent-2", "load-balancer-1"]);
    }

    [SkippableFact]
    public async Task Run_QuickStart_LeavesNothingOnTheMachine() => (await _quickStart.Harness.Leftovers.FindAsync()).Should().BeEmpty();

    [SkippableFact]
    public void DatabaseFailover_PatroniPromoted_WithTimelinesAndAWriteGap()
    {
        var killed = Recording.Facts<FaultInjected>().Single(fact => fact.Fact.Fault.Contains("failover")).At;

        var promotion = Recording.Facts<DatabaseRoleChanged>().First(fact => fact.At > killed && fact.Fact.To == DatabaseRole.Primary);
        promotion.Fact.From.Should().Be(DatabaseRole.Replica);
        promotion.Fact.TimelineAfter.Should().BeGreaterThan(promotion.Fact.TimelineBefore!.Value);

        var gap = Recording.Facts<DatabaseWriteGap>().Single(fact => fact.Fact.From > killed - TimeSpan.FromSeconds(2)).Fact;
        gap.From.Should().BeCloseTo(killed, TimeSpan.FromSeconds(2));
        gap.To.Should().BeGreaterThan(promotion.At - TimeSpan.FromSeconds(2));
    }

    [SkippableFact]
    public void Partition_TheKernelCounted_OnExactlyTheCutPairs()
    {
        var injecting = Recording.Facts<FaultInjecting>().Single(fact => fact.Fact.Fault.Contains("partition")).Fact;
        var server = injecting.Targets["target"].Single();

        var proof = Recording.Facts<FaultInjected>().Single(fact => fact.Fact.Fault.Contains("partition")).Fact.Proof;
        var counted = Regex.Matches(proof, @"(\d+) packets (\S+ → \S+?)[;,.]").ToDictionary(match => match.Groups[2].Value, match => int.Parse(match.Groups[1].Value));

        counted.Keys.Should().BeEquivalentTo([$"{server} → pooler-1", $"pooler-1 → {server}"]);
        counted.Values.Should().OnlyContain(packets => packets > 0);
        Recording.Facts<FaultHealed>().Single(fact => fact.Fact.Fault.Contains("partition")).Fact.Proof.Should().Contain("Datagrams arrive again");
    }

    [SkippableFact]
    public void Windows_OfEveryFault_HaveProvenEdges()
    {
        var windows = MeasuredWindows.Of(Recording);

        foreach (var phase in Recording.Plan.Faults.Select(fault => fault.Phase))
        {
            windows.Find(new WindowName(phase, WindowPart.Fault)).Should().NotBeNull(phase);
            windows.Find(new WindowName(phase, WindowPart.Recovery)).Should().NotBeNull(phase);
        }
    }

    [SkippableFact]
    public void Invariants_AllThree_WereJudgedOnRealEvidence()
    {
        var invariants = _quickStart.Harness.Result().Findings.Where(finding => finding.Kind == FindingKind.Invariant).ToArray();

        invariants.Should().HaveCount(3).And.OnlyContain(finding => finding.Verdict == Verdict.Pass && finding.Samples > 50);
    }

    [SkippableFact]
    public void Secrets_OfTheStack_AreInNoFileOfTheRun()
    {
        var text = _quickStart.Harness.Run().Root.GetFiles("*", SearchOption.AllDirectories).Select(file => (file.Name, Text: File.ReadAllText(file.FullName)));

        text.Where(file => file.Text.Contains("PRIVATE KEY") || Regex.IsMatch(file.Text, @"password\s*[:=]\s*\w", RegexOptions.IgnoreCase)).Select(file => file.Name)
            .Should().BeEmpty();
    }

    /// <summary>One run for all tests of this class.</summary>
    public sealed class QuickStart : IAsyncLifetime
    {
        internal Harness Harness { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess)
            {
                Harness = await Harness.RunAsync("quick-start.yaml");
            }
        }

        public Task DisposeAsync()
        {
            Harness?.Dispose();
            return Task.CompletedTask;
        }
    }
}
