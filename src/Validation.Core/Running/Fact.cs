using System.Text.Json.Serialization;
using Validation.Core.Stacks;

namespace Validation.Core.Running;

/// <summary>Something that happened in a run. What the judge needs is here and in the samples, nowhere else.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(StackReady), "stack-ready")]
[JsonDerivedType(typeof(LoadsStarted), "loads-started")]
[JsonDerivedType(typeof(WarmUpEnded), "warm-up-ended")]
[JsonDerivedType(typeof(LoadsStopped), "loads-stopped")]
[JsonDerivedType(typeof(PhaseStarted), "phase-started")]
[JsonDerivedType(typeof(PhaseEnded), "phase-ended")]
[JsonDerivedType(typeof(FaultInjecting), "fault-injecting")]
[JsonDerivedType(typeof(FaultBegun), "fault-begun")]
[JsonDerivedType(typeof(FaultInjected), "fault-injected")]
[JsonDerivedType(typeof(FaultHealing), "fault-healing")]
[JsonDerivedType(typeof(FaultHealed), "fault-healed")]
[JsonDerivedType(typeof(FaultNotProven), "fault-not-proven")]
[JsonDerivedType(typeof(FaultCancelled), "fault-cancelled")]
[JsonDerivedType(typeof(NodeChanged), "node-changed")]
[JsonDerivedType(typeof(DatabaseRoleChanged), "database-role-changed")]
[JsonDerivedType(typeof(DatabaseWriteGap), "database-write-gap")]
[JsonDerivedType(typeof(BundleSeen), "bundle-seen")]
[JsonDerivedType(typeof(EntryChanged), "entry-changed")]
[JsonDerivedType(typeof(EntriesFound), "entries-found")]
[JsonDerivedType(typeof(JoinTokenRaced), "join-token-raced")]
[JsonDerivedType(typeof(OldPrimaryWritten), "old-primary-written")]
[JsonDerivedType(typeof(FailureSeen), "failure-seen")]
[JsonDerivedType(typeof(WorkerReady), "worker-ready")]
[JsonDerivedType(typeof(WorkerLost), "worker-lost")]
[JsonDerivedType(typeof(WorkerDone), "worker-done")]
[JsonDerivedType(typeof(HarnessHealth), "harness-health")]
[JsonDerivedType(typeof(StackUse), "stack-use")]
[JsonDerivedType(typeof(WorldCompared), "world-compared")]
[JsonDerivedType(typeof(Trouble), "trouble")]
[JsonDerivedType(typeof(RunAborted), "run-aborted")]
[JsonDerivedType(typeof(RunEnded), "run-ended")]
public abstract record Fact;

/// <summary>Every node of the stack is ready.</summary>
/// <param name="Took">How long the stack needed, in milliseconds.</param>
public sealed record StackReady(
    [property: JsonPropertyName("tookMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Took) : Fact;

/// <summary>The loads began to fire.</summary>
public sealed record LoadsStarted : Fact;

/// <summary>The warm-up is over: what was planned before is judged by no objective. Missing when there was none.</summary>
public sealed record WarmUpEnded : Fact;

/// <summary>The loads fired their last operation and all answers were awaited.</summary>
public sealed record LoadsStopped : Fact;

/// <summary>A phase began.</summary>
/// <param name="Phase">The phase.</param>
public sealed record PhaseStarted(string Phase) : Fact;

/// <summary>A phase ended.</summary>
/// <param name="Phase">The phase.</param>
public sealed record PhaseEnded(string Phase) : Fact;

/// <summary>A fault is about to be injected; its targets are resolved. Written before anything is done.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Targets">The names of the nodes that each selector means.</param>
public sealed record FaultInjecting(string Fault, IReadOnlyDictionary<string, IReadOnlyList<string>> Targets) : Fact;

/// <summary>The command that injects a fault was given; nobody has seen yet whether it took effect.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Length">How long it is to stay in force from its proof, in milliseconds; zero when it is over by itself.</param>
public sealed record FaultBegun(
    string Fault, [property: JsonPropertyName("lengthMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Length) : Fact;

/// <summary>A fault was seen to be in force.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Proof">What was seen.</param>
public sealed record FaultInjected(string Fault, string Proof) : Fact;

/// <summary>A fault is about to be taken back.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Held">What was seen of it while it was in force.</param>
public sealed record FaultHealing(string Fault, string Held) : Fact;

/// <summary>A fault was seen to be over.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Proof">What was seen.</param>
public sealed record FaultHealed(string Fault, string Proof) : Fact;

/// <summary>A fault could not be shown to be in force, to have held, or to be over.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Stage"><c>injected</c>, <c>held</c> or <c>healed</c>.</param>
/// <param name="Reason">What was seen instead.</param>
public sealed record FaultNotProven(string Fault, string Stage, string Reason) : Fact
{
    /// <summary>The stage of a fault that could not be shown to be over.</summary>
    public const string AtItsEnd = "healed";
}

/// <summary>A fault was taken back before its time, because the run was ended. That it is over was not looked for.</summary>
/// <param name="Fault">The fault.</param>
public sealed record FaultCancelled(string Fault) : Fact;

/// <summary>After the last fault the stack was compared with what it was before the first.</summary>
/// <param name="Things">How many things were compared.</param>
/// <param name="Differences">Those that differ.</param>
public sealed record WorldCompared(int Things, IReadOnlyList<WorldDifference> Differences) : Fact
{
    /// <summary>Gets what could be read before the first fault, and not after the last.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>Gets whether everything is as it was.</summary>
    [JsonIgnore]
    public bool IsClean => Differences.Count == 0 && Unread.Count == 0;
}

/// <summary>Something that is not what it was.</summary>
/// <param name="Thing">What it is.</param>
/// <param name="Before">What it was before the first fault.</param>
/// <param name="After">What it was after the last.</param>
public sealed record WorldDifference(string Thing, string Before, string After);

/// <summary>A node changed its state.</summary>
/// <param name="Node">The node.</param>
/// <param name="State">The new state.</param>
/// <param name="Restarts">How often it has been started again.</param>
/// <param name="Reason">Why, when known.</param>
public sealed record NodeChanged(string Node, NodeState State, int Restarts, string? Reason) : Fact;

/// <summary>A database node changed its role or its timeline.</summary>
/// <param name="Node">The node.</param>
/// <param name="From">The role before.</param>
/// <param name="To">The role after.</param>
/// <param name="TimelineBefore">The timeline before; null when unknown.</param>
/// <param name="TimelineAfter">The timeline after; null when unknown.</param>
public sealed record DatabaseRoleChanged(
    string Node, DatabaseRole From, DatabaseRole To, int? TimelineBefore, int? TimelineAfter) : Fact;

/// <summary>The database took no writes for a while.</summary>
/// <param name="From">The last acknowledged write before the gap, since the run began.</param>
/// <param name="To">The first acknowledged write after the gap, since the run began.</param>
public sealed record DatabaseWriteGap(
    [property: JsonPropertyName("fromMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan From,
    [property: JsonPropertyName("toMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan To) : Fact;

/// <summary>A SPIRE server's bundle was read and differs from what it was before.</summary>
/// <param name="Server">The server.</param>
/// <param name="Authorities">The subject key identifiers of its X.509 authorities, in lower-case hexadecimal.</param>
public sealed record BundleSeen(string Server, IReadOnlyList<string> Authorities) : Fact
{
    /// <summary>Gets those of them that an administrator has tainted: they are about to be revoked.</summary>
    public IReadOnlyList<string> Tainted { get; init; } = [];
}

/// <summary>The ledger of one registration entry has a new line.</summary>
/// <param name="Entry">The entry's id.</param>
/// <param name="Change">What is known now.</param>
public sealed record EntryChanged(string Entry, EntryChange Change) : Fact;

/// <summary>What the harness knows of a registration entry that it made.</summary>
public enum EntryChange
{
    /// <summary>SPIRE acknowledged that it made the entry.</summary>
    Created,

    /// <summary>A request to delete it is about to be sent; from now on it may or may not exist.</summary>
    Deleting,

    /// <summary>SPIRE acknowledged that it deleted the entry.</summary>
    Deleted,

    /// <summary>SPIRE said that an entry which it had acknowledged, and which nobody deleted, does not exist.</summary>
    Missing,
}

/// <summary>The registration entries in the database after everything healed.</summary>
/// <param name="Entries">Their ids.</param>
public sealed record EntriesFound(IReadOnlyList<string> Entries) : Fact;

/// <summary>Several attested at once with one join token.</summary>
/// <param name="Attempts">How many there were.</param>
/// <param name="Accepted">How many of them got an SVID.</param>
public sealed record JoinTokenRaced(int Attempts, int Accepted) : Fact;

/// <summary>A write was tried at a database node that believed it was the primary after another one had been promoted.</summary>
/// <param name="Node">The node.</param>
/// <param name="Acknowledged">Whether it acknowledged the write.</param>
public sealed record OldPrimaryWritten(string Node, bool Acknowledged) : Fact;

/// <summary>An operation failed in a way that was not seen before in its load.</summary>
/// <param name="Load">The load.</param>
/// <param name="Failure">The class of the failure.</param>
/// <param name="Detail">What exactly went wrong.</param>
public sealed record FailureSeen(string Load, string Failure, string Detail) : Fact;

/// <summary>A load worker has its share and knows when to start.</summary>
/// <param name="Worker">Its number, from 1.</param>
/// <param name="Host">The machine it runs on, as it calls itself.</param>
/// <param name="RoundTrip">The shortest round trip to it.</param>
/// <param name="Uncertainty">By how much the difference of the two monotonic clocks may be wrong: half of that round trip.</param>
/// <param name="WallClockAhead">By how much its wall clock is ahead of the controller's; negative when it is behind.</param>
public sealed record WorkerReady(
    int Worker,
    string Host,
    [property: JsonPropertyName("roundTripMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan RoundTrip,
    [property: JsonPropertyName("uncertaintyMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Uncertainty,
    [property: JsonPropertyName("wallClockAheadMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan WallClockAhead) : Fact;

/// <summary>A load worker is gone. What it had not told by then counts as failed.</summary>
/// <param name="Worker">Its number, from 1.</param>
/// <param name="Reason">How that was noticed, and its last words when there are any.</param>
public sealed record WorkerLost(int Worker, string Reason) : Fact;

/// <summary>The share of a load worker is accounted for.</summary>
/// <param name="Worker">Its number, from 1.</param>
/// <param name="Reported">Planned operations that it told the end of.</param>
/// <param name="Missing">Planned operations that it did not tell the end of; they are recorded as failed.</param>
/// <param name="Uncertainty">
/// By how much its instants may be wrong on the controller's clock: what was uncertain before and after, and what the
/// clocks have drifted apart in between. Null when the clocks could not be compared again.
/// </param>
public sealed record WorkerDone(
    int Worker,
    long Reported,
    long Missing,
    [property: JsonPropertyName("uncertaintyMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan? Uncertainty) : Fact
{
    /// <summary>Gets the processor time that its process has used for the loads; null when it did not say.</summary>
    [JsonPropertyName("processorMs")]
    [JsonConverter(typeof(MillisecondsConverter))]
    public TimeSpan? Processor { get; init; }

    /// <summary>Gets the most memory that its process had in use; null when it did not say.</summary>
    public long? MemoryBytes { get; init; }
}

/// <summary>The harness itself had trouble; the run goes on, but its verdict may not.</summary>
/// <param name="Part">Which part of the harness.</param>
/// <param name="Message">What happened.</param>
public sealed record Trouble(string Part, string Message) : Fact;

/// <summary>The harness ended the run before its time. Faults that are in force are healed next.</summary>
/// <param name="Reason">Why, as one sentence.</param>
public sealed record RunAborted(string Reason) : Fact;

/// <summary>The run came to its end and everything is on disk.</summary>
public sealed record RunEnded : Fact;
