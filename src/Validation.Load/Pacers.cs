namespace Validation.Load;

/// <summary>Knows how to wait on this machine.</summary>
internal static class Pacers
{
    /// <summary>Returns a pacer for a clock.</summary>
    /// <param name="time">The clock.</param>
    public static IPacer For(TimeProvider time) =>
        OperatingSystem.IsLinux() && time == TimeProvider.System ? new LinuxPacer() : new PortablePacer(time);
}
