using Validation.Core.Scenarios;

namespace Validation.Environments.Local.Nodes;

/// <summary>The section <c>experimental</c> of SPIRE's configuration files; left out where a stack asks for nothing that belongs there.</summary>
internal static class ExperimentalSection
{
    /// <summary>Returns the server's section.</summary>
    /// <param name="stack">What the scenario asks for.</param>
    public static string OfServer(StackSpec stack) => Of(Defects(stack));

    /// <summary>Returns the agent's section.</summary>
    /// <param name="stack">What the scenario asks for.</param>
    public static string OfAgent(StackSpec stack) => Of(
        Defects(stack),
        stack.SyncInterval == StackSpec.Default.SyncInterval ? null : $"sync_interval = \"{(long)stack.SyncInterval.TotalSeconds}s\"");

    // What is a defect of the stack around SPIRE is no word of SPIRE's configuration.
    private static string? Defects(StackSpec stack) => stack.Defect is { } defect && !LocalEnvironment.Defects.Contains(defect) ? $"defects = [\"{defect.Name}\"]" : null;

    private static string Of(params IEnumerable<string?> settings)
    {
        var lines = settings.OfType<string>().Select(setting => $"    {setting}\n").ToArray();
        return lines.Length == 0 ? string.Empty : $"  experimental {{\n{string.Concat(lines)}  }}\n";
    }
}
