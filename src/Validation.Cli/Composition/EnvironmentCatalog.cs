using Validation.Core;
using Validation.Core.Stacks;
using Validation.Environments.K3s;
using Validation.Environments.Kubernetes;
using Validation.Environments.Kubernetes.Existing;
using Validation.Environments.Local;

namespace Validation.Cli.Composition;

/// <summary>The environments that the harness knows.</summary>
internal static class EnvironmentCatalog
{
    /// <summary>The name of an environment.</summary>
    public const string Local = "local", K3s = "k3s", Kubernetes = "kubernetes";

    /// <summary>The environment that is used when nobody says.</summary>
    public const string Default = Local;

    /// <summary>Returns all environments, to be described: clusters are not chosen yet.</summary>
    /// <param name="local">How the local one is used.</param>
    /// <param name="host">The outside.</param>
    public static IReadOnlyList<IEnvironment> All(LocalOptions local, CliHost host) =>
        [
            new LocalEnvironment(local, host.Time),
            new K3sEnvironment(K3sChoice.None.Read(host.Home, hasEmbeddedSpire: false), host.Time),
            Open(ClusterChoice.None, host),
        ];

    /// <summary>Returns an environment to be described and planned with: a cluster may be left open.</summary>
    /// <param name="name">The name.</param>
    /// <param name="local">How the local one is used.</param>
    /// <param name="cluster">Which cluster.</param>
    /// <param name="host">The outside.</param>
    /// <exception cref="HarnessException">There is no such environment.</exception>
    public static IEnvironment ToPlan(string name, LocalOptions local, ClusterChoice cluster, CliHost host)
    {
        var all = All(local, host);
        return name == Kubernetes && cluster.IsOpen ? Open(cluster, host)
            : name is K3s or Kubernetes ? ToUse(name, local, cluster, host)
            : all.FirstOrDefault(environment => environment.Name == name)
            ?? throw new HarnessException(
                ExitCode.InvalidInput,
                $"There is no environment '{name}'.{NearestWord.Suggestion(name, all.Select(environment => environment.Name))}",
                $"Allowed is {string.Join(", ", all.Select(environment => environment.Name))}.");
    }

    /// <summary>Returns an environment to bring stacks up in.</summary>
    /// <param name="name">The name.</param>
    /// <param name="local">How the local one is used.</param>
    /// <param name="cluster">Which cluster.</param>
    /// <param name="host">The outside.</param>
    /// <exception cref="HarnessException">There is no such environment, or nothing says which cluster.</exception>
    public static IEnvironment ToUse(string name, LocalOptions local, ClusterChoice cluster, CliHost host) => name switch
    {
        Kubernetes => OfCluster(ClusterSettings.Read(cluster, host.Home), host.Time),
        K3s => new K3sEnvironment(cluster.K3s.Read(host.Home, cluster.HasEmbeddedSpire), host.Time),
        _ => ToPlan(name, local, ClusterChoice.None, host),
    };

    private static KubernetesEnvironment Open(ClusterChoice cluster, CliHost host) => new(ClusterSettings.Undecided(cluster, host.Home), host.Time);

    private static IEnvironment OfCluster(KubernetesOptions options, TimeProvider time) => options.Existing is null
        ? new KubernetesEnvironment(options, time)
        : new ExistingStackEnvironment(options, time);
}
