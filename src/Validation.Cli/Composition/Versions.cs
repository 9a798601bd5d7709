using System.Reflection;

namespace Validation.Cli.Composition;

/// <summary>Which harness this is.</summary>
internal static class Versions
{
    /// <summary>Gets the harness' own version, with the commit it was built from when the build knew it.</summary>
    public static string Own { get; } =
        typeof(Versions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
