using System.CommandLine;
using Validation.Core;

namespace Validation.Cli.Composition;

/// <summary>The options that choose a cluster; the same for every command.</summary>
internal sealed class ClusterOptions
{
    /// <summary>The name of an option.</summary>
    public const string FileName = "--environment-file", KubeconfigName = "--kubeconfig", ContextName = "--context", ImageName = "--image", EmbeddedName = "--embedded-spire";

    private readonly Option<string?> _file = new(FileName)
    {
        Description = "The file that says which cluster, and what may be done there; see environments/kubernetes/local-example.yaml.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _kubeconfig = new(KubeconfigName)
    {
        Description = "The kubeconfig file. Default: the environment file's.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _context = new(ContextName)
    {
        Description = "The context in the kubeconfig; must be one that the environment file allows. Default: the environment file's.",
        HelpName = "NAME",
    };

    private readonly Option<string[]> _images = new(ImageName)
    {
        Description = "For k3s: an image as the file that 'docker save' wrote, for example k3s=k3s.tar. May be given several times.",
        HelpName = "NAME=FILE",
    };

    private readonly Option<bool> _embedded = new(EmbeddedName)
    {
        Description = "For k3s and kubernetes: the harness' own SPIRE instead of SPIRE's official images. Default: the environment file's, else the official images.",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_kubeconfig);
        command.Options.Add(_context);
        command.Options.Add(_images);
        command.Options.Add(_embedded);
    }

    /// <summary>Returns what was chosen.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="environment">The environment that was chosen.</param>
    /// <exception cref="HarnessException">An option was given that the environment would not heed.</exception>
    public ClusterChoice Read(ParseResult parsed, string environment)
    {
        OptionsOfEnvironments.RequireHeeded(parsed, environment);
        return new ClusterChoice(parsed.GetValue(_file), parsed.GetValue(_kubeconfig), parsed.GetValue(_context))
        {
            K3s = K3sChoice.Of(parsed.GetValue(_images) ?? []),
            HasEmbeddedSpire = parsed.GetValue(_embedded),
        };
    }
}

/// <summary>What the command line says about a cluster.</summary>
/// <param name="File">The environment file; null when none was named.</param>
/// <param name="Kubeconfig">The kubeconfig; null for the file's.</param>
/// <param name="Context">The context; null for the file's.</param>
internal sealed record ClusterChoice(string? File, string? Kubeconfig, string? Context)
{
    /// <summary>Gets the choice of somebody who said nothing.</summary>
    public static ClusterChoice None { get; } = new(null, null, null);

    /// <summary>Gets what it says about the throw-away cluster.</summary>
    public K3sChoice K3s { get; init; } = K3sChoice.None;

    /// <summary>Gets whether the embedded SPIRE was asked for.</summary>
    /// <value>False by default: the environment file's, else SPIRE's official images.</value>
    public bool HasEmbeddedSpire { get; init; }

    /// <summary>Gets whether nothing is said of which cluster it is.</summary>
    public bool IsOpen => this with { HasEmbeddedSpire = false } == None;
}
