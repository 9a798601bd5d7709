namespace Validation.SystemTests;

/// <summary>What these tests need of the machine. A test that lacks it is skipped and names it.</summary>
internal static class Capability
{
    /// <summary>Skips the test unless it runs on Linux as root.</summary>
    public static void RequireRoot()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs Linux");
        Skip.IfNot(Environment.IsPrivilegedProcess, "needs root, to look into other processes and their namespaces");
    }
}
