using System.Text.Json.Serialization;
using Validation.Core.Running;

namespace Validation.Load.Workers.Protocol;

/// <summary>What a controller and a worker say to each other, as JSON. Samples, SVIDs and tunnelled bytes have frames of their own.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "say")]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(Welcome), "welcome")]
[JsonDerivedType(typeof(Refused), "refused")]
[JsonDerivedType(typeof(Surroundings), "surroundings")]
[JsonDerivedType(typeof(Prepare), "prepare")]
[JsonDerivedType(typeof(Prepared), "prepared")]
[JsonDerivedType(typeof(Ping), "ping")]
[JsonDerivedType(typeof(Pong), "pong")]
[JsonDerivedType(typeof(Begin), "begin")]
[JsonDerivedType(typeof(Begun), "begun")]
[JsonDerivedType(typeof(Stop), "stop")]
[JsonDerivedType(typeof(Finished), "finished")]
[JsonDerivedType(typeof(Bye), "bye")]
[JsonDerivedType(typeof(Tick), "tick")]
[JsonDerivedType(typeof(FailureNamed), "failure-named")]
[JsonDerivedType(typeof(Recorded), "recorded")]
[JsonDerivedType(typeof(TunnelDial), "tunnel-dial")]
[JsonDerivedType(typeof(TunnelOpen), "tunnel-open")]
[JsonDerivedType(typeof(TunnelClosed), "tunnel-closed")]
internal abstract record WorkerMessage;

/// <summary>The controller's first words.</summary>
/// <param name="Protocol">The version of this protocol.</param>
/// <param name="Version">The controller's own version.</param>
/// <param name="Worker">Which worker it takes the other for, from 1.</param>
/// <param name="Workers">How many there are.</param>
internal sealed record Hello(int Protocol, string Version, int Worker, int Workers) : WorkerMessage;

/// <summary>The worker's answer.</summary>
/// <param name="Protocol">The version of this protocol.</param>
/// <param name="Version">The worker's own version.</param>
/// <param name="Worker">Which worker it was started as, from 1; null when nobody told it.</param>
/// <param name="Host">The machine it runs on.</param>
/// <param name="Instance">Drawn when the process started: tells one process that is reached twice from two processes.</param>
internal sealed record Welcome(int Protocol, string Version, int? Worker, string Host, Guid Instance) : WorkerMessage;

/// <summary>The worker cannot do what it was asked to do.</summary>
/// <param name="Message">Why.</param>
/// <param name="Hint">What to do about it.</param>
internal sealed record Refused(string Message, string? Hint) : WorkerMessage;

/// <summary>The worker shall prepare a load.</summary>
/// <param name="Load">The load's index in the plan. They are prepared in order.</param>
/// <param name="Planned">The load.</param>
internal sealed record Prepare(int Load, PlannedLoad Planned) : WorkerMessage;

/// <summary>A load is prepared.</summary>
/// <param name="Load">The load's index in the plan.</param>
internal sealed record Prepared(int Load) : WorkerMessage;

/// <summary>The controller asks for the worker's clock, and shows that it is still there.</summary>
/// <param name="Number">Comes back in the answer.</param>
internal sealed record Ping(long Number) : WorkerMessage;

/// <summary>The worker tells its clock.</summary>
/// <param name="Number">The number of the question.</param>
/// <param name="ReceivedNs">When the question came, in nanoseconds of the worker's monotonic clock.</param>
/// <param name="SentNs">When the answer was handed over, on the same clock.</param>
/// <param name="WallClock">What the worker's wall clock says.</param>
internal sealed record Pong(long Number, long ReceivedNs, long SentNs, DateTimeOffset WallClock) : WorkerMessage;

/// <summary>The worker shall fire from an instant on.</summary>
/// <param name="AtNs">The instant, in nanoseconds of the worker's monotonic clock.</param>
internal sealed record Begin(long AtNs) : WorkerMessage;

/// <summary>The worker has understood when to begin.</summary>
/// <param name="LateNs">By how much the instant had passed already; zero or less when it is still to come.</param>
internal sealed record Begun(long LateNs) : WorkerMessage;

/// <summary>The worker shall fire nothing that is planned after now, and await the answers of what it fired.</summary>
internal sealed record Stop : WorkerMessage;

/// <summary>The worker has told the end of everything that it fired.</summary>
/// <param name="Ended">How many operations that were, for each load.</param>
/// <param name="ProcessorMs">The processor time its process has used since <see cref="Begin"/>.</param>
/// <param name="MemoryBytes">The most memory that its process had in use.</param>
internal sealed record Finished(IReadOnlyList<long> Ended, double ProcessorMs, long MemoryBytes) : WorkerMessage;

/// <summary>The controller is done with the worker.</summary>
internal sealed record Bye : WorkerMessage;

/// <summary>How far the worker is, once a second.</summary>
/// <param name="SettledNs">The end of every operation that was planned before this has been told, in nanoseconds since the loads began.</param>
/// <param name="Loads">What ended since the last tick, load by load.</param>
internal sealed record Tick(long SettledNs, IReadOnlyList<LoadSecond> Loads) : WorkerMessage;

/// <summary>What became of a load's operations in about one second.</summary>
/// <param name="Failed">How many failed.</param>
/// <param name="Latencies">The latencies of those that succeeded, as an encoded <see cref="Core.Recording.HdrHistogram"/>.</param>
internal sealed record LoadSecond(long Failed, byte[] Latencies);

/// <summary>The worker gives a class of failures a number, before its first use.</summary>
/// <param name="Number">From 1; 0 is success.</param>
/// <param name="Failure">The class.</param>
internal sealed record FailureNamed(ushort Number, string Failure) : WorkerMessage;

/// <summary>Something happened that belongs into the event log.</summary>
/// <param name="Fact">What.</param>
internal sealed record Recorded(Fact Fact) : WorkerMessage;

/// <summary>The worker asks for a connection to the private socket of a SPIRE server, which only the controller can reach.</summary>
/// <param name="Connection">The connection's number, chosen by the worker.</param>
/// <param name="Server">The server's node.</param>
internal sealed record TunnelDial(int Connection, string Server) : WorkerMessage;

/// <summary>The connection is open.</summary>
/// <param name="Connection">Its number.</param>
internal sealed record TunnelOpen(int Connection) : WorkerMessage;

/// <summary>The connection is closed, by either side, or could not be opened.</summary>
/// <param name="Connection">Its number.</param>
/// <param name="Problem">Why, when there is a reason.</param>
internal sealed record TunnelClosed(int Connection, string? Problem) : WorkerMessage;
