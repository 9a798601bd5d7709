using System.CommandLine;
using System.CommandLine.Parsing;
using Validation.Cli.Commands;
using Validation.Core;

namespace Validation.Cli.Composition;

/// <summary>Which options say something to which environments.</summary>
/// <remarks>Whoever names a release or a cluster believes that the run is about it; an environment that would not heed the option refuses it.</remarks>
internal static class OptionsOfEnvironments
{
    private static readonly (string Option, string[] Environments)[] All =
    [
        (CommonOptions.SpireName, [EnvironmentCatalog.Local]),
        (CommonOptions.SpireNextName, [EnvironmentCatalog.Local]),
        (ClusterOptions.FileName, [EnvironmentCatalog.Kubernetes]),
        (ClusterOptions.KubeconfigName, [EnvironmentCatalog.Kubernetes]),
        (ClusterOptions.ContextName, [EnvironmentCatalog.Kubernetes]),
        (ClusterOptions.ImageName, [EnvironmentCatalog.K3s]),
        (ClusterOptions.EmbeddedName, [EnvironmentCatalog.K3s, EnvironmentCatalog.Kubernetes]),
    ];

    private static readonly HashSet<string> Known = [.. All.SelectMany(one => one.Environments)];

    /// <summary>Refuses options that the environment would not heed.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="environment">The environment's name; one that is not known is somebody else's to refuse.</param>
    /// <exception cref="HarnessException">There is one.</exception>
    public static void RequireHeeded(ParseResult parsed, string environment)
    {
        var given = parsed.CommandResult.Children.OfType<OptionResult>().Where(result => !result.Implicit).Select(result => result.Option.Name).ToHashSet();
        if (Known.Contains(environment)
            && All.FirstOrDefault(one => given.Contains(one.Option) && !one.Environments.Contains(environment)) is { Option: { } option, Environments: var environments })
        {
            throw new HarnessException(
                ExitCode.InvalidInput,
                $"{option} says nothing to '{environment}'; it is for {string.Join(" and ", environments.Select(name => $"'{name}'"))}. Nothing was started.",
                RemedyFor(option));
        }
    }

    private static string RemedyFor(string option) => option switch
    {
        CommonOptions.SpireName or CommonOptions.SpireNextName => "In a cluster SPIRE's release is that of the images; environments/kubernetes/images/images.yaml names them.",
        ClusterOptions.EmbeddedName => "In 'local' the embedded SPIRE runs wherever neither --spire nor PATH has another one.",
        _ => "Leave it out, or choose the environment with --environment.",
    };
}
