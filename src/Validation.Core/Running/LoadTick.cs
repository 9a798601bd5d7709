namespace Validation.Core.Running;

/// <summary>How far a load has come, once a second, for whoever watches. Nothing is judged by it.</summary>
/// <param name="At">Time since the run began.</param>
/// <param name="Load">The load's name.</param>
/// <param name="Planned">Operations whose planned instant has passed so far.</param>
/// <param name="Succeeded">Operations that succeeded so far.</param>
/// <param name="Failed">Operations that failed so far.</param>
/// <param name="P99">99th percentile of the latencies of those that succeeded in the last second; null when none did.</param>
public sealed record LoadTick(TimeSpan At, string Load, long Planned, long Succeeded, long Failed, TimeSpan? P99);
