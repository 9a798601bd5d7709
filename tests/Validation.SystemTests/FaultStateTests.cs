using System.Text.RegularExpressions;
using Validation.Core.Running;
using Validation.TestKit;

namespace Validation.SystemTests;

/// <summary>In whatever state of whatever fault the harness ends or stands still, nothing stays broken.</summary>
/// <remarks>
/// Each row is a run of half a minute to two minutes, all of them some hours. So the environment variable <see cref="Chosen"/> says
/// of which faults there are rows, with commas, or <c>all</c>; without it there is one.
/// </remarks>
[Trait("Kind", "System")]
public sealed partial class FaultStateTests
{
    /// <summary>The environment variable that chooses faults.</summary>
    private const string Chosen = "VALIDATION_FAULT_STATES";

    // The longest leases are those inside of the database: 30 s beyond the fault's own time. Two leaders take a promotion first.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(35), LeaseOfTwoLeaders = TimeSpan.FromSeconds(80);

    // What can be seen from outside while it is in force.
    private static readonly string[] Visible =
        ["pause", "hang-on-start", "partition", "reject", "cpu-stress", "memory-limit", "file-descriptors", "disk-full", "clock-skew", "lock-held", "read-only", "slow-writes", "two-leaders"];

    // The states of the journal, which are over within milliseconds.
    private static readonly Dictionary<string, Type> States = new()
    {
        ["about to be injected"] = typeof(FaultInjecting),
        ["injected"] = typeof(FaultBegun),
        ["in force"] = typeof(FaultInjected),
        ["about to heal"] = typeof(FaultHealing),
        ["healed"] = typeof(FaultHealed),
    };

    public static TheoryData<string, string, string> Rows()
    {
        var rows = new TheoryData<string, string, string>();
        var chosen = Environment.GetEnvironmentVariable(Chosen)?.Split(',');
        if (chosen is null)
        {
            rows.Add("pause", "in force", "STOP");
            return rows;
        }

        foreach (var fault in Faults().Keys.Where(fault => chosen is ["all"] || chosen.Contains(fault)))
        {
            foreach (var state in States.Keys)
            {
                rows.Add(fault, state, "KILL");
                rows.Add(fault, state, "STOP");
            }
        }

        return rows;
    }

    [SkippableTheory]
    [MemberData(nameof(Rows))]
    public async Task Signal_TheHarnessInAStateOfAFault_NothingStaysBroken(string fault, string state, string signal)
    {
        Capability.RequireRoot();
        using var folder = new TemporaryFolder();
        var scenario = Path.Combine(folder.Path, "one-fault.yaml");
        await File.WriteAllTextAsync(scenario, Faults()[fault]);
        using var harness = Harness.Start([], Harness.Here(), "run", scenario);
        await harness.WaitForAsync<StackReady>(_ => true, TimeSpan.FromMinutes(2));
        var sandbox = Sandbox.Of(harness);
        await harness.WaitForAsync<Fact>(States[state].IsInstanceOfType, TimeSpan.FromMinutes(2), TimeSpan.FromMilliseconds(1));

        if (signal == "STOP")
        {
            sandbox.Stop();
            if (state == "in force" && Visible.Contains(fault))
            {
                Breakage.In(sandbox).Should().NotBeEmpty("whoever looks in this way sees it");
            }

            (await Breakage.AfterAsync(sandbox, fault == "two-leaders" ? LeaseOfTwoLeaders : Lease)).Should().BeEmpty();
        }

        harness.Kill();

        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
        (await harness.RecoverAsync()).Should().Contain("Nothing to do");
        (await harness.RecoverAsync()).Should().Contain("Nothing to do");
    }

    /// <summary>Returns a scenario for each fault that the self-test has, with that fault alone, once.</summary>
    private static Dictionary<string, string> Faults() =>
    (
        from file in new DirectoryInfo(Path.Combine(Repository.Root.FullName, "scenarios", "selftest")).GetFiles("*.yaml")
        where file.Name != "cluster-faults.yaml"
        let text = File.ReadAllText(file.FullName)
        let head = text[..text.IndexOf("phases:", StringComparison.Ordinal)]
        let objectives = text[text.IndexOf("objectives:", StringComparison.Ordinal)..]
        from fault in FaultPattern().Matches(text)
        let once = OftenPattern().Replace(fault.Value, string.Empty)
        select (fault.Groups["name"].Value, $"{head}phases:\n  - {{ name: broken, for: 90s, faults: [{once}] }}\n{objectives}")
    ).ToDictionary();

    [GeneratedRegex(@"\{ fault: (?<name>[a-z-]+)[^}]*\}")]
    private static partial Regex FaultPattern();

    [GeneratedRegex(", every: [0-9a-z]+, repeat: [0-9]+")]
    private static partial Regex OftenPattern();

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("validation-system-test-");

        public string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
