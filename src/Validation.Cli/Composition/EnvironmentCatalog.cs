using Validation.Core;
using Validation.Core.Stacks;
using Validation.Environments.Local;

namespace Validation.Cli.Composition;

/// <summary>The environments that the harness knows.</summary>
internal static class EnvironmentCatalog
{
    /// <summary>The environment that is used when nobody says.</summary>
    public const string Default = "local";

    /// <summary>Returns all environments.</summary>
    /// <param name="local">How the local one is used.</param>
    /// <param name="time">The clock.</param>
    public static IReadOnlyList<IEnvironment> All(LocalOptions local, TimeProvider time) => [new LocalEnvironment(local, time)];

    /// <summary>Returns an environment by its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="local">How the local one is used.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="HarnessException">There is no such environment.</exception>
    public static IEnvironment Named(string name, LocalOptions local, TimeProvider time)
    {
        var all = All(local, time);
        return all.FirstOrDefault(environment => environment.Name == name)
            ?? throw new HarnessException(
                ExitCode.InvalidInput,
                $"There is no environment '{name}'.{NearestWord.Suggestion(name, all.Select(environment => environment.Name))}",
                $"Allowed is {string.Join(", ", all.Select(environment => environment.Name))}.");
    }
}
