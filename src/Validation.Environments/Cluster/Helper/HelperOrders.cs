using System.Text.Json.Serialization;

namespace Validation.Environments.Cluster.Helper;

/// <summary>Something that a node helper is told to do.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "do")]
[JsonDerivedType(typeof(Beat), "beat")]
[JsonDerivedType(typeof(Look), "look")]
[JsonDerivedType(typeof(Kill), "kill")]
[JsonDerivedType(typeof(Stop), "stop")]
[JsonDerivedType(typeof(Release), "release")]
[JsonDerivedType(typeof(Freeze), "freeze")]
[JsonDerivedType(typeof(Wake), "wake")]
[JsonDerivedType(typeof(Clean), "clean")]
[JsonDerivedType(typeof(Cut), "cut")]
[JsonDerivedType(typeof(ReadDrops), "read-drops")]
[JsonDerivedType(typeof(Heal), "heal")]
[JsonDerivedType(typeof(Listen), "listen")]
[JsonDerivedType(typeof(Send), "send")]
[JsonDerivedType(typeof(Hear), "hear")]
internal abstract record HelperOrder;

/// <summary>An order that is answered by a report.</summary>
/// <typeparam name="TReport">The report.</typeparam>
internal abstract record HelperOrder<TReport> : HelperOrder;

/// <summary>A pod on the helper's Kubernetes node.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Uid">The API server's number for it, which is part of its processes' cgroup paths.</param>
/// <param name="Spared">Ids of containers that are never touched, without the runtime's name.</param>
internal sealed record PodOnNode(string Name, string Uid, IReadOnlyList<string> Spared);

/// <summary>Shows that the harness is there.</summary>
internal sealed record Beat : HelperOrder<BeatReport>;

/// <summary>Looks at a pod's processes.</summary>
internal sealed record Look(PodOnNode Pod) : HelperOrder<PodReport>;

/// <summary>Sends SIGKILL to every process.</summary>
/// <param name="Pod">Of which pod.</param>
/// <param name="Hold">True to do so again to whatever comes back, until it is released or the session ends.</param>
internal sealed record Kill(PodOnNode Pod, bool Hold) : HelperOrder<HitReport>;

/// <summary>Sends SIGTERM to the first process of each container, and SIGKILL to what is left after the grace period.</summary>
internal sealed record Stop(PodOnNode Pod, int GraceMs, bool Hold) : HelperOrder<HitReport>;

/// <summary>Ends a hold.</summary>
internal sealed record Release(PodOnNode Pod) : HelperOrder<Done>;

/// <summary>Sends SIGSTOP to every process.</summary>
/// <param name="Pod">Of which pod.</param>
/// <param name="LeaseMs">After how many milliseconds the pod wakes by itself.</param>
internal sealed record Freeze(PodOnNode Pod, int LeaseMs) : HelperOrder<HitReport>;

/// <summary>Sends SIGCONT to every process that is stopped.</summary>
internal sealed record Wake(PodOnNode Pod) : HelperOrder<HitReport>;

/// <summary>Undoes whatever an earlier session may have left in a pod.</summary>
internal sealed record Clean(PodOnNode Pod) : HelperOrder<Done>;

/// <summary>Drops what a pod receives on the links.</summary>
/// <param name="Id">By which name the cut is spoken of in this session.</param>
/// <param name="Pod">The pod that receives.</param>
/// <param name="Links">The links; each ends at the pod.</param>
internal sealed record Cut(string Id, PodOnNode Pod, IReadOnlyList<CutLink> Links) : HelperOrder<Done>;

/// <summary>Reads the counters of a cut.</summary>
internal sealed record ReadDrops(string Id) : HelperOrder<DropReport>;

/// <summary>Heals a cut.</summary>
internal sealed record Heal(string Id) : HelperOrder<Done>;

/// <summary>Opens a port in a pod and waits there for one datagram.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Token">What the datagram holds, in hexadecimal digits.</param>
internal sealed record Listen(PodOnNode Pod, string Token) : HelperOrder<ListenReport>;

/// <summary>Sends datagrams from a pod, three of them, 50 ms apart.</summary>
internal sealed record Send(PodOnNode Pod, string Address, int Port, string Token) : HelperOrder<Done>;

/// <summary>Asks whether the datagram that is listened for has arrived, and ends the listening.</summary>
/// <param name="Probe">Which.</param>
/// <param name="WaitMs">How many milliseconds it still has.</param>
internal sealed record Hear(string Probe, int WaitMs) : HelperOrder<HearReport>;

/// <summary>One link of a cut, by its ends' names and addresses.</summary>
internal sealed record CutLink(string From, string FromAddress, string To, string ToAddress);
