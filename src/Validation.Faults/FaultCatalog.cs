using Validation.Core.Faults;

namespace Validation.Faults;

/// <summary>Every fault that the harness knows.</summary>
public static class FaultCatalog
{
    /// <summary>Returns one injector for each kind of fault.</summary>
    /// <param name="time">The clock.</param>
    public static IReadOnlyList<IFaultInjector> Injectors(TimeProvider time) =>
    [
        new Kill(),
        new Stop(),
        new Restart(),
        new RollingRestart(time),
        new VersionRoll(time),
        new CrashLoop(time),
        new HangOnStart(),
        new Pause(),
        new Partition(),
        new Delay(),
        new Loss(),
        new Duplicate(),
        new Reorder(),
        new Corrupt(),
        new Bandwidth(),
        new Reject(),
        new Reset(),
        new SlowClose(),
        new DnsOutage(),
        new CpuStress(),
        new CpuThrottle(),
        new MemoryLimit(),
        new FileDescriptors(),
        new DiskFull(),
        new ClockSkew(time),
        new BackendFlapping(time),
        new Affinity(),
        new DatabaseFailover(time),
        new DatabaseSwitchover(),
        new TerminateBackends(),
        new HoldConnections(time),
        new LockHeld(),
        new ReadOnly(),
        new SlowWrites(time),
        new PasswordRotated(),
        new ReplayPaused(time),
        new ReplicationLag(time),
        new LoseStandby(),
        new TwoLeaders(time),
        new DcsAway(),
        new AuthorityRotation(time),
        new ServerReplaced(),
        new AgentBanned(),
        new AgentEvicted(),
        new EntryStorm(time),
        new Herd(),
        new PodDelete(),
        new RolloutRestart(),
        new Scale(),
        new Cordon(),
        new Drain(time),
    ];
}
