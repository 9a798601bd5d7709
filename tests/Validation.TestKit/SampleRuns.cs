using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.TestKit;

/// <summary>Runs as they could have been, for tests of what comes after a run.</summary>
public static class SampleRuns
{
    private static readonly Measure P99 = new(MeasureKind.Latency, 99);
    private static readonly Measure Availability = new(MeasureKind.Availability);
    private static readonly Measure TimeToRecover = new(MeasureKind.TimeToRecover);
    private static readonly Measure LongestOutage = new(MeasureKind.LongestOutage);

    /// <summary>A run with three faults: two that the stack survives and a database failover that takes longer than allowed.</summary>
    public static RunRecording QuickStart(ExpectedFinding? expect = null)
    {
        var run = new RecordingBuilder("quick-start", Seconds(26))
        {
            Question = "Does SPIRE keep its promises while a server, a network path and the database's primary are lost in turn?",
            Nodes =
            [
                "dcs-1", "postgres-1", "postgres-2", "pooler-1", "load-balancer-1", "spire-server-1", "spire-server-2", "spire-server-3",
                "spire-agent-1", "spire-agent-2", "workload-1",
            ],
            Invariants = ["svid-verifies", "entries-not-lost"],
            Promises = ["P1", "P3", "P4"],
            Expect = expect,
        };
        run.Phase("baseline", Seconds(12)).Phase("server-killed", Seconds(14)).Phase("server-cut-off", Seconds(18))
            .Phase("database-lost", Seconds(42)).Phase("recovery", Seconds(8));
        AddFaults(run);
        AddEvents(run);
        run.Load("attest", "spire-attest", 5, Attest)
            .Load("fetch", "x509-svid-fetch", 60, (_, random) => new Answer(Spread(random, 1.8, 0.35)), new Dictionary<string, string> { ["identities"] = "10" })
            .Load("sign", "x509-svid-sign", 60, Sign)
            .Load("entries", "entry-churn", 3, (at, random) => IsWithin(at, 72.4, 93.9) ? new Answer(Seconds(10), "timed-out") : new Answer(Spread(random, 14, 0.5)));
        AddObjectives(run);
        AddEnvironment(run);
        return run.Build();
    }

    private static void AddFaults(RecordingBuilder run) => run
        .Fault("server-killed/kill", "kill", "server-killed", Seconds(1), Map(("target", "spire-server-2")), Map(("hold", "0s"), ("target", "spire-server/any")))
        .Fault(
            "server-cut-off/partition",
            "partition",
            "server-cut-off",
            Seconds(1),
            Map(("target", "spire-server-1"), ("from", "pooler-1")),
            Map(("direction", "both-ways"), ("for", "5s"), ("from", "pooler"), ("target", "spire-server/any")))
        .Fault("database-lost/database-failover", "database-failover", "database-lost", Seconds(1), Map(), Map());

    private static void AddEvents(RecordingBuilder run)
    {
        run.Event(Seconds(24.6), new StackReady(Seconds(24.6)));

        run.Event(Seconds(39.0), new FaultInjecting("server-killed/kill", Lists(("target", "spire-server-2"))))
            .Event(Seconds(39.1), new NodeChanged("spire-server-2", NodeState.BackOff, 0, "ended by signal 9"))
            .Event(Seconds(39.1), new FaultInjected("server-killed/kill", "No process of spire-server-2 is left; 1 was there."))
            .Event(Seconds(40.2), new NodeChanged("spire-server-2", NodeState.Starting, 1, null))
            .Event(Seconds(41.9), new NodeChanged("spire-server-2", NodeState.Ready, 1, null))
            .Event(Seconds(41.9), new FaultHealing("server-killed/kill", "It stayed down until its supervisor started it again."))
            .Event(Seconds(42.0), new FaultHealed("server-killed/kill", "spire-server-2 is ready in incarnation 2."));

        run.Event(Seconds(53.0), new FaultInjecting("server-cut-off/partition", Lists(("target", "spire-server-1"), ("from", "pooler-1"))))
            .Event(Seconds(53.4), new FaultInjected("server-cut-off/partition", "6 packets dropped spire-server-1 → pooler-1, 4 pooler-1 → spire-server-1; no probe arrived in either direction."))
            .Event(Seconds(58.4), new FaultHealing("server-cut-off/partition", "87 packets dropped; the lease never lapsed."))
            .Event(Seconds(58.7), new FaultHealed("server-cut-off/partition", "Probes arrive in both directions."));

        run.Event(Seconds(71.0), new FaultInjecting("database-lost/database-failover", Lists(("primary", "postgres-1"))))
            .Event(Seconds(71.1), new NodeChanged("postgres-1", NodeState.Held, 0, "held down by a fault"))
            .Event(Seconds(71.2), new DatabaseRoleChanged("postgres-1", DatabaseRole.Primary, DatabaseRole.Unknown, 1, null))
            .Event(Seconds(71.3), new FaultInjected("database-lost/database-failover", "No process of postgres-1 is left; 14 were there."))
            .Event(Seconds(93.1), new DatabaseRoleChanged("postgres-2", DatabaseRole.Replica, DatabaseRole.Primary, 1, 2))
            .Event(Seconds(93.2), new FaultHealing("database-lost/database-failover", "postgres-2 is primary on timeline 2."))
            .Event(Seconds(93.4), new DatabaseWriteGap(Seconds(71.0), Seconds(93.4)))
            .Event(Seconds(94.0), new NodeChanged("postgres-1", NodeState.Starting, 1, null))
            .Event(Seconds(98.7), new NodeChanged("postgres-1", NodeState.Ready, 1, null))
            .Event(Seconds(98.8), new DatabaseRoleChanged("postgres-1", DatabaseRole.Unknown, DatabaseRole.Replica, null, 2))
            .Event(Seconds(99.0), new FaultHealed("database-lost/database-failover", "postgres-1 follows postgres-2 on timeline 2; a write was acknowledged."));

        run.Event(Seconds(39.2), new FailureSeen("attest", "unavailable", "rpc error: code = Unavailable desc = connection reset by peer"))
            .Event(Seconds(64.0), new FailureSeen("attest", "timed-out", "no answer within 10s; last step: AttestAgent challenge"))
            .Event(Seconds(53.9), new FailureSeen("sign", "unavailable", "rpc error: code = Unavailable desc = failed to sign: dial tcp 10.77.0.5:6432: i/o timeout"))
            .Event(Seconds(72.9), new FailureSeen("entries", "timed-out", "no answer within 10s"));
    }

    private static void AddObjectives(RecordingBuilder run) => run
        .Objective("attest", new Measure(MeasureKind.Latency, 90), 1, "baseline", 50)
        .Objective("fetch", P99, 0.1, "baseline", 100)
        .Objective("sign", P99, 0.25, "baseline", 100)
        .Objective("fetch", Availability, 0.999, "whole", 1000)
        .Objective("attest", TimeToRecover, 10, "server-killed")
        .Objective("sign", Availability, 0.5, "server-cut-off/fault")
        .Objective("attest", TimeToRecover, 10, "server-cut-off", since: RecoveryStart.Heal)
        .Objective("attest", TimeToRecover, 20, "database-lost")
        .Objective("entries", LongestOutage, 15, "database-lost")
        .Objective("entries", Availability, 0.99, "recovery", 100);

    private static void AddEnvironment(RecordingBuilder run) => run
        .Environment(EnvironmentFactNames.Spire, "embedded SPIRE")
        .Environment(EnvironmentFactNames.StartedAt, "2026-11-14T02:17:41Z")
        .Environment("kernel", "Linux 6.1.0-28-amd64")
        .Environment("processors", "2")
        .Environment("memory", "23 GiB")
        .Environment("postgresql", "15.14")
        .Environment("patroni", "3.0.2")
        .Environment("pgbouncer", "1.18.0")
        .Environment("haproxy", "2.6.12");

    private static Answer Attest(TimeSpan at, Random random)
    {
        if (IsWithin(at, 39.0, 40.3) && random.Next(3) == 0)
        {
            return new Answer(Spread(random, 4, 0.3), "unavailable");
        }

        if (IsWithin(at, 53.1, 58.5) && random.Next(3) == 0)
        {
            return new Answer(Seconds(10), "timed-out");
        }

        if (IsWithin(at, 71.1, 94.2))
        {
            // What is planned shortly before the database is back waits for it and succeeds late.
            return IsWithin(at, 71.1, 85.0) ? new Answer(Seconds(10), "timed-out") : new Answer(Seconds(94.2) - at + Spread(random, 60, 0.4));
        }

        return new Answer(Spread(random, 38, 0.3));
    }

    private static Answer Sign(TimeSpan at, Random random)
    {
        if (IsWithin(at, 53.1, 58.6) && random.Next(3) == 0)
        {
            return new Answer(Spread(random, 900, 0.2), "unavailable");
        }

        return IsWithin(at, 71.1, 93.6) && random.Next(4) == 0
            ? new Answer(Spread(random, 2500, 0.3), "unavailable")
            : new Answer(Spread(random, 6.5, 0.45));
    }

    private static bool IsWithin(TimeSpan at, double from, double to) => at >= Seconds(from) && at < Seconds(to);

    // Latencies are about log-normal: the sum of three even draws is near enough to a normal one.
    private static TimeSpan Spread(Random random, double medianMs, double sigma) =>
        TimeSpan.FromMilliseconds(medianMs * Math.Exp(sigma * 2 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5)));

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static Dictionary<string, string> Map(params (string Key, string Value)[] pairs) => pairs.ToDictionary(pair => pair.Key, pair => pair.Value);

    private static Dictionary<string, IReadOnlyList<string>> Lists(params (string Key, string Value)[] pairs) =>
        pairs.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<string>)[pair.Value]);
}
