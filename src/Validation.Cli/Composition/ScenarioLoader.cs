using Validation.Cli.Commands;
using Validation.Core;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Scenarios;

namespace Validation.Cli.Composition;

/// <summary>Reads a scenario and holds it against an environment, before anything is started.</summary>
internal static class ScenarioLoader
{
    /// <summary>Looks for a stack that is there already; must come before any scenario is held against it.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <exception cref="HarnessException">There is none, or the harness may not act there.</exception>
    public static Task FindAsync(IEnvironment environment, CancellationToken cancellationToken) =>
        environment is IClusterEnvironment cluster ? cluster.FindAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Reads a scenario that the environment can run.</summary>
    /// <param name="path">The file, as the user named it.</param>
    /// <param name="catalog">What scenarios can name.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="host">The outside; the path may be relative to its home.</param>
    /// <returns>The scenario and the stack it will get.</returns>
    /// <exception cref="HarnessException">The file cannot be read, has mistakes, or asks for what the environment cannot do.</exception>
    public static (Scenario Scenario, StackShape Shape) Load(string path, Catalog catalog, IEnvironment environment, CliHost host) =>
        TryLoad(path, catalog, environment, host, out var refusal) ?? throw refusal!;

    /// <summary>Reads a scenario, and tells whether the environment can run it.</summary>
    /// <param name="path">The file, as the user named it.</param>
    /// <param name="catalog">What scenarios can name.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="host">The outside; the path may be relative to its home.</param>
    /// <param name="refusal">What the environment cannot do; null when it can do everything.</param>
    /// <returns>The scenario and the stack it will get; null when the environment cannot run it.</returns>
    /// <exception cref="HarnessException">The file cannot be read or has mistakes.</exception>
    public static (Scenario Scenario, StackShape Shape)? TryLoad(string path, Catalog catalog, IEnvironment environment, CliHost host, out HarnessException? refusal)
    {
        var scenario = Read(path, catalog, environment, host);
        var shape = environment.Describe(scenario.Stack);
        var own = environment.Refusals(scenario);
        // One reason for each line is enough; the environment's own is the better one.
        Refusal[] refusals =
        [
            .. own,
            .. Planner.Refusals(scenario, shape, environment.Name).Where(refusal => !own.Any(better => better.Position == refusal.Position)),
        ];
        refusal = refusals.Length == 0 ? null : Refused(refusals, $"'{environment.Name}' cannot run {path}");
        return refusal is null ? (scenario, shape) : null;
    }

    /// <summary>Returns the scenario files that a user means: a file, or every one in a folder, by name.</summary>
    /// <param name="path">The file or the folder, as the user named it.</param>
    /// <param name="home">The folder that the path may be relative to.</param>
    /// <exception cref="HarnessException">The folder has none.</exception>
    public static IReadOnlyList<string> FilesOf(string path, DirectoryInfo home)
    {
        if (new[] { path, Path.Combine(home.FullName, path) }.FirstOrDefault(Directory.Exists) is not { } folder)
        {
            return [path];
        }

        string[] files = [.. Directory.GetFiles(folder, "*.yaml").Select(file => Path.Combine(path, Path.GetFileName(file))).Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new HarnessException(ExitCode.InvalidInput, $"{path}: there is no scenario (*.yaml) in this folder.");
    }

    /// <summary>Returns the scenario files that come with the harness.</summary>
    /// <param name="home">The harness' folder.</param>
    public static IEnumerable<string> Shipped(DirectoryInfo home)
    {
        return new[] { "scenarios", "scenarios/incidents", "scenarios/selftest" }
            .Select(name => (Name: name, Folder: new DirectoryInfo(Path.Combine(home.FullName, name))))
            .Where(shipped => shipped.Folder.Exists)
            .SelectMany(shipped => shipped.Folder.GetFiles("*.yaml").Select(file => $"{shipped.Name}/{file.Name}").Order(StringComparer.Ordinal));
    }

    private static Scenario Read(string path, Catalog catalog, IEnvironment environment, CliHost host)
    {
        var text = ReadText(path, host.Home);
        var reading = ScenarioReader.Read(path, text, catalog.Words with { OtherNodes = NodesOfItsOwn(environment) });
        if (reading.Succeeded)
        {
            return reading.Scenario;
        }

        // A node that only another environment has is no mistake: this one cannot run it.
        var anywhere = EnvironmentCatalog.All(CommonOptions.Local(null), host).Append(environment).SelectMany(NodesOfItsOwn).Distinct();
        var again = ScenarioReader.Read(path, text, catalog.Words with { OtherNodes = [.. anywhere] });
        var mistakes = reading.Diagnostics.Count == 1 ? "a mistake" : $"{reading.Diagnostics.Count} mistakes";
        return again.Succeeded ? again.Scenario : throw Refused(reading.Diagnostics, $"{path} has {mistakes}");
    }

    /// <summary>Returns the nodes that an environment has besides those that a scenario asks for.</summary>
    private static (string Name, string Role)[] NodesOfItsOwn(IEnvironment environment)
    {
        var asked = StackSpec.Default.NodeNames().Select(node => node.Role).ToHashSet();
        return [.. environment.Describe(StackSpec.Default).Nodes.Where(node => !asked.Contains(node.Role)).Select(node => (node.Name, node.Role))];
    }

    private static string ReadText(string path, DirectoryInfo home)
    {
        var file = new[] { path, Path.Combine(home.FullName, path) }.FirstOrDefault(File.Exists)
            ?? throw new HarnessException(
                ExitCode.InvalidInput,
                $"{path}: there is no such file.{NearestWord.Suggestion(path, Shipped(home))}",
                $"These come with the harness: {string.Join(", ", Shipped(home))}.");
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException(ExitCode.InvalidInput, $"{path}: cannot be read. {error.Message}", innerException: error);
        }
    }

    private static HarnessException Refused(IEnumerable<object> lines, string conclusion) =>
        new(ExitCode.InvalidInput, string.Join('\n', lines), $"{conclusion}; nothing was started.");
}
