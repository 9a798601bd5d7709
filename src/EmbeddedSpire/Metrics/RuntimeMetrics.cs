namespace EmbeddedSpire.Metrics;

/// <summary>What SPIRE tells of Go's runtime, told of .NET's as far as it means the same.</summary>
/// <remarks>
/// Left out: <c>runtime_heap_objects</c> and <c>runtime_free_count</c>, which .NET does not count, <c>runtime_gc_pause_ns</c>,
/// whose single pauses are not known afterwards, and all <c>go_*</c>. The count of goroutines becomes that of threads and
/// waiting work items, the count of allocations that of the bytes allocated: both say what they are asked for, how busy the process is.
/// </remarks>
internal sealed class RuntimeMetrics
{
    private readonly MetricRegistry _metrics;
    private readonly TimeProvider _time;
    private readonly long _started;

    public RuntimeMetrics(MetricRegistry metrics, TimeProvider time)
    {
        _metrics = metrics;
        _time = time;
        _started = time.GetTimestamp();
    }

    /// <summary>Gets how long the process has run.</summary>
    public TimeSpan Uptime => _time.GetElapsedTime(_started);

    /// <summary>Sets all gauges.</summary>
    public void Refresh()
    {
        _metrics.Set("uptime_in_ms", Uptime.TotalMilliseconds);
        _metrics.Set("runtime_alloc_bytes", GC.GetTotalMemory(forceFullCollection: false));
        _metrics.Set("runtime_sys_bytes", GC.GetGCMemoryInfo().TotalCommittedBytes);
        _metrics.Set("runtime_num_goroutines", ThreadPool.ThreadCount + ThreadPool.PendingWorkItemCount);
        _metrics.Set("runtime_total_gc_pause_ns", GC.GetTotalPauseDuration().TotalNanoseconds);
        _metrics.Set("runtime_total_gc_runs", GC.CollectionCount(0));
    }
}
