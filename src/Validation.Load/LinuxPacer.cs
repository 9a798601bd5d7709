using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Validation.Load;

/// <summary>Sleeps with <c>clock_nanosleep</c> on CLOCK_MONOTONIC, the clock of <see cref="Stopwatch"/> on Linux.</summary>
/// <remarks>
/// .NET's own timers run off the kernel's coarse clock and wake 2 to 4 ms late on a kernel with 250 ticks a second. This
/// one is late by tens of microseconds, once the thread has given up the 50 µs of timer slack it gets by default.
/// </remarks>
internal sealed partial class LinuxPacer : IPacer
{
    private const int ClockMonotonic = 1;
    private const int TimerAbsolute = 1;
    private const int SetTimerSlack = 29;

    // Longer sleeps are cut into pieces so that a stop is noticed.
    private static readonly long LongestSleep = Stopwatch.Frequency / 50;

    /// <inheritdoc/>
    public void Begin() => _ = SetProcessOption(SetTimerSlack, 1, 0, 0, 0);

    /// <inheritdoc/>
    public void WaitUntil(long timestamp, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var now = Stopwatch.GetTimestamp();
            if (now >= timestamp)
            {
                return;
            }

            var (seconds, nanoseconds) = Math.DivRem(Math.Min(timestamp, now + LongestSleep), Stopwatch.Frequency);
            var until = new TimeSpec(seconds, nanoseconds);
            _ = ClockSleep(ClockMonotonic, TimerAbsolute, in until, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int ClockSleep(int clock, int flags, in TimeSpec until, nint remaining);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetProcessOption(int option, nuint value, nuint second, nuint third, nuint fourth);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
