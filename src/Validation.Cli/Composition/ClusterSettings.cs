using Validation.Core;
using Validation.Environments.Kubernetes;
using Validation.Environments.Kubernetes.Existing;
using Validation.Scenarios;

namespace Validation.Cli.Composition;

/// <summary>Reads environment files and lays over them what the command line says.</summary>
internal static class ClusterSettings
{
    /// <summary>The environment file that shows how one is written.</summary>
    public const string Example = "environments/kubernetes/local-example.yaml";

    /// <summary>Returns how a cluster is used.</summary>
    /// <param name="choice">What the command line says.</param>
    /// <param name="home">The folder that paths may be relative to.</param>
    /// <exception cref="HarnessException">Nothing says which cluster, or the file has mistakes.</exception>
    public static KubernetesOptions Read(ClusterChoice choice, DirectoryInfo home)
    {
        var path = choice.File ?? throw new HarnessException(
            ExitCode.InvalidInput,
            "--environment-file is missing: nothing says which cluster, and in which contexts the harness may act.",
            $"Copy {Example}, change it, and name the copy.");
        var reading = EnvironmentFileReader.Read(path, ReadText(path, home), Catalog.FaultNames);
        if (!reading.Succeeded)
        {
            throw new HarnessException(
                ExitCode.InvalidInput, string.Join('\n', reading.Diagnostics), $"{path} cannot be used; nothing was asked of any cluster.");
        }

        var file = reading.File;
        if (file.Existing is not null && choice.HasEmbeddedSpire)
        {
            throw new HarnessException(ExitCode.InvalidInput, $"--embedded-spire means nothing beside 'existing' in {path}: nothing is deployed.");
        }

        return new KubernetesOptions
        {
            Kubeconfig = FullPath(choice.Kubeconfig ?? file.Kubeconfig ?? throw Missing("kubeconfig", path)),
            Context = choice.Context ?? file.Context ?? throw Missing("context", path),
            AllowedContexts = file.AllowedContexts,
            Namespace = file.Namespace ?? KubernetesOptions.DefaultNamespace,
            Spire = Spire(choice.HasEmbeddedSpire || file.Spire == "embedded"),
            Cut = file.Cut == "network-policy" ? KubernetesCut.NetworkPolicy : KubernetesCut.Leases,
            Images = file.Images,
            Existing = file.Existing is { } existing ? Existing(existing, path) : null,
            Manifests = Manifests(home),
        };
    }

    /// <summary>Returns how a cluster is spoken of before one was chosen.</summary>
    /// <param name="choice">What the command line says.</param>
    /// <param name="home">The harness' folder.</param>
    public static KubernetesOptions Undecided(ClusterChoice choice, DirectoryInfo home) => new()
    {
        Kubeconfig = "KUBECONFIG",
        Context = "CONTEXT",
        AllowedContexts = [],
        IsDecided = false,
        Spire = Spire(choice.HasEmbeddedSpire),
        Manifests = Manifests(home),
    };

    private static KubernetesSpire Spire(bool isEmbedded) => isEmbedded ? KubernetesSpire.Embedded : KubernetesSpire.Official;

    private static ExistingStackOptions Existing(ExistingStackFile file, string path) => new()
    {
        File = path,
        TrustDomain = file.TrustDomain,
        TrustBundle = FullPath(file.TrustBundle),
        Roles = file.Roles.ToDictionary(role => role.Key, role => new ExistingRole(role.Value.Namespace, role.Value.Selector, role.Value.Container, role.Value.Port)),
        Attestation = Paths(file.Attestation),
        Administrator = Paths(file.Administrator),
        PermittedFaults = file.PermittedFaults,
        Helpers = file.Helpers,
    };

    private static KeyPairPaths? Paths(KeyPairFile? pair) =>
        pair is null ? null : new KeyPairPaths(FullPath(pair.Certificate), FullPath(pair.Key));

    private static DirectoryInfo Manifests(DirectoryInfo home) => new(Path.Combine(home.FullName, "environments", "kubernetes"));

    private static string ReadText(string path, DirectoryInfo home)
    {
        var file = new[] { path, Path.Combine(home.FullName, path) }.FirstOrDefault(File.Exists)
            ?? throw new HarnessException(ExitCode.InvalidInput, $"{path}: there is no such file.", $"{Example} shows how one is written.");
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException(ExitCode.InvalidInput, $"{path}: cannot be read. {error.Message}", innerException: error);
        }
    }

    private static HarnessException Missing(string key, string path) => new(
        ExitCode.InvalidInput, $"{path} has no '{key}', and --{key} was not given.", "No default of kubectl's is used: it may lead anywhere.");

    private static string FullPath(string path) => Path.GetFullPath(path.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..])
        : path);
}
