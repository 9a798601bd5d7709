using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Reporting.Tests;

/// <summary>A run in which every text tries to break out of the report that holds it.</summary>
internal static class HostileRun
{
    public const string Text = "</script><script>alert(1)</script>\"'&|`*_[x](http://x)\u001b[2J\0\uFFFF\uD800 ]]>\nsecond line";

    public static RunRecording Recording()
    {
        var second = TimeSpan.FromSeconds(1);
        var run = new RecordingBuilder(Text, second) { Question = Text, Nodes = [Text], Invariants = [Text], Promises = [Text] };
        return run.Phase(Text.Replace('/', '-'), 10 * second)
            .Load(Text, Text, 10, (_, random) => new Answer(second / 100, random.Next(2) == 0 ? Text : null), new Dictionary<string, string> { [Text] = Text })
            .Fault(Text, Text, Text.Replace('/', '-'), second, new Dictionary<string, string> { [Text] = Text }, new Dictionary<string, string> { [Text] = Text })
            .Event(3 * second, new FaultInjecting(Text, new Dictionary<string, IReadOnlyList<string>> { [Text] = [Text] }))
            .Event(4 * second, new FaultNotProven(Text, Text, Text))
            .Event(4 * second, new FailureSeen(Text, Text, Text))
            .Event(5 * second, new NodeChanged(Text, Core.Stacks.NodeState.Starting, 1, Text))
            .Event(5 * second, new DatabaseRoleChanged(Text, Core.Stacks.DatabaseRole.Replica, Core.Stacks.DatabaseRole.Primary, 1, 2))
            .Event(6 * second, new Trouble(Text, Text))
            .Objective(Text, new Measure(MeasureKind.Latency, 99), 0.005, "whole")
            .Environment(EnvironmentFactNames.Spire, Text)
            .Environment(Text, Text)
            .Build();
    }
}
