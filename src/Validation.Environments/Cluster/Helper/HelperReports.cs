namespace Validation.Environments.Cluster.Helper;

/// <summary>It was done; there is nothing to say about it.</summary>
internal sealed record Done;

/// <summary>What has happened since the last line.</summary>
/// <param name="Broken">Cuts that can no longer be trusted.</param>
internal sealed record BeatReport(IReadOnlyList<BrokenCut> Broken);

/// <summary>A cut that can no longer be trusted.</summary>
internal sealed record BrokenCut(string Id, string Reason);

/// <summary>A pod's processes at one moment; those of its sandbox and of spared containers are not counted.</summary>
/// <param name="Processes">How many there are, zombies not counted.</param>
/// <param name="Frozen">There are some, and every thread of them is stopped.</param>
internal sealed record PodReport(int Processes, bool Frozen);

/// <summary>What a signal has hit.</summary>
/// <param name="Processes">How many processes.</param>
/// <param name="EndedWithinGrace">For a graceful stop: those that were asked ended before the grace period did.</param>
internal sealed record HitReport(int Processes, bool EndedWithinGrace = false);

/// <summary>The counters of a cut.</summary>
/// <param name="Drops">One row for each link that the kernel has in its list at this moment.</param>
/// <param name="Broken">Why the cut can no longer be trusted; null while it holds.</param>
internal sealed record DropReport(IReadOnlyList<LinkDrops> Drops, string? Broken);

/// <summary>Packets dropped on one link.</summary>
internal sealed record LinkDrops(string From, string To, long Packets);

/// <summary>Where a datagram is awaited.</summary>
internal sealed record ListenReport(string Probe, int Port);

/// <summary>Whether a datagram has arrived.</summary>
internal sealed record HearReport(bool Arrived);
