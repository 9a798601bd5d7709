using System.Globalization;
using System.Text.Json;
using Validation.Environments.Cluster.Cordons;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Guard;

/// <summary>Looks, before anything is changed, whether the harness may act in a cluster, and refuses with the reason.</summary>
/// <remarks>
/// In this order: the context is one of those that are allowed; the cluster answers and is new enough; the namespaces
/// are the harness' own or do not exist; there is nothing in them that is not the harness'; the rights suffice. Only
/// reads, and nothing is cached: what was true yesterday protects nobody today.
/// </remarks>
internal sealed class GuardRails
{
    /// <summary>The oldest Kubernetes whose StatefulSets can count from 1 (<c>spec.ordinals.start</c>).</summary>
    public static readonly Version OldestServer = new(1, 27);

    private const string StackKinds = "pods,services,statefulsets,deployments,daemonsets,jobs,configmaps,secrets,serviceaccounts,networkpolicies";
    private const string HelperKinds = "pods,daemonsets,serviceaccounts";

    // What somebody would miss whose namespace is deleted.
    private const string AllKinds = StackKinds + ",persistentvolumeclaims,cronjobs,ingresses";

    private const string PodSecurityLevel = "pod-security.kubernetes.io/enforce";
    private const string None = "<none>";

    // Kubernetes puts it on every Kubernetes node that is cordoned.
    private const string CordonTaint = "node.kubernetes.io/unschedulable";

    // What Kubernetes puts into every namespace by itself.
    private static readonly string[] PutByKubernetes = ["configmap/kube-root-ca.crt", "serviceaccount/default", "configmap/openshift-service-ca.crt"];

    private readonly IKubectl _kubectl;
    private readonly IReadOnlyList<string> _allowedContexts;

    /// <summary>Creates the guard rails.</summary>
    /// <param name="kubectl">For the stack's namespace.</param>
    /// <param name="allowedContexts">The contexts in which the harness may act.</param>
    public GuardRails(IKubectl kubectl, IReadOnlyList<string> allowedContexts) => (_kubectl, _allowedContexts) = (kubectl, allowedContexts);

    private static KubectlCommand ReadVersion => KubectlCommand.Read("version", "-o", "json");

    private static KubectlCommand ReadKubernetesNodes => KubectlCommand.Read("get", "nodes", "-o", "json");

    // Names alone: what is in foreign Secrets is nobody's business.
    private static KubectlCommand ReadForeign(string kinds) => KubectlCommand.Read(
        "get", kinds, $"--selector={ClusterNames.PartOfLabel}!={ClusterNames.PartOf}", "--no-headers", "-o",
        "custom-columns=:.kind,:.metadata.name,:.metadata.ownerReferences[0].kind,:.type");

    /// <summary>Refuses a context that is not on the list of allowed ones. Asks nobody.</summary>
    /// <exception cref="HarnessException">It is not on the list.</exception>
    public void RequireAllowedContext()
    {
        var context = _kubectl.Target.Context;
        if (!_allowedContexts.Contains(context))
        {
            throw new HarnessException(
                ExitCode.InvalidInput,
                $"context '{context}' is not one of those that are allowed.{NearestWord.Suggestion(context, _allowedContexts)} "
                + $"Allowed is {(_allowedContexts.Count == 0 ? "none" : string.Join(", ", _allowedContexts))}. Nothing was asked of the cluster.",
                "Add it to 'allowed-contexts' in the environment file, if faults may happen there.");
        }
    }

    /// <summary>Refuses a context that the kubeconfig does not have. Asks the file alone.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task RequireKnownContextAsync(CancellationToken cancellationToken)
    {
        var (file, context, _) = _kubectl.Target;
        if (!File.Exists(file))
        {
            throw new HarnessException(ExitCode.InvalidInput, $"kubeconfig '{file}': there is no such file.");
        }

        // Without the context: kubectl would fail at it before it lists the others.
        var contexts = (await _kubectl.RequireAsync(KubectlCommand.Read("config", "get-contexts", "-o", "name"), cancellationToken))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (!contexts.Contains(context))
        {
            throw new HarnessException(
                ExitCode.InvalidInput,
                $"context '{context}' is not in {file}.{NearestWord.Suggestion(context, contexts)} It has {(contexts.Length == 0 ? "none" : string.Join(", ", contexts))}.");
        }
    }

    /// <summary>Asks the cluster for its version and its Kubernetes nodes.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">It does not answer, is too old, or has no Kubernetes node for pods.</exception>
    public async Task<ClusterFacts> AskClusterAsync(CancellationToken cancellationToken)
    {
        var version = PodFacts.Get(await _kubectl.ReadJsonAsync(ReadVersion, cancellationToken), "serverVersion");
        var words = PodFacts.Text(version, "gitVersion") ?? "unknown";
        if (Parse(version) is not { } number || number < OldestServer)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"The cluster is Kubernetes {words}; at least {OldestServer} is needed, because the stack's nodes are counted from 1.");
        }

        var ids = PodFacts.Items(await _kubectl.ReadJsonAsync(ReadKubernetesNodes, cancellationToken), "items").Where(MayHavePods)
            .Select(node => PodFacts.Get(node, "metadata"))
            .ToDictionary(node => PodFacts.Text(node, "name")!, node => PodFacts.Text(node, "uid") ?? string.Empty);
        return ids.Count > 0 ? new ClusterFacts(words, [.. ids.Keys.Order(StringComparer.Ordinal)]) { Ids = ids } : throw new HarnessException(
            ExitCode.EnvironmentFailed, "The cluster has no Kubernetes node that is ready and takes pods.");
    }

    /// <summary>Looks at the namespaces of the stack and of the helpers.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <returns>The namespaces that do not exist yet.</returns>
    /// <exception cref="HarnessException">One exists without the harness' label, is being deleted, or holds what is not the harness'.</exception>
    public async Task<IReadOnlyList<string>> InspectNamespacesAsync(CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        var stack = _kubectl.Target.Namespace;
        foreach (var name in new[] { stack, ClusterNames.SystemNamespace(stack) })
        {
            if (await _kubectl.FindAsync("namespace", name, cancellationToken) is not { } found)
            {
                missing.Add(name);
                continue;
            }

            RequireOwn(name, found);
            await RequireNothingForeignAsync(name, name == stack ? StackKinds : HelperKinds, cancellationToken);
        }

        return missing;
    }

    private static void RequireOwn(string name, JsonElement found)
    {
        var metadata = PodFacts.Get(found, "metadata");
        var labels = PodFacts.Get(metadata, "labels");
        if (PodFacts.Text(labels, ClusterNames.ExistingStackLabel) is not null)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"namespace '{name}' carries the label {ClusterNames.ExistingStackLabel}: a stack that is there already is in it, and what a run finds in a namespace of its own it deletes; nothing was changed.");
        }

        if (PodFacts.Text(labels, ClusterNames.HarnessLabel) != ClusterNames.HarnessLabelValue)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"namespace '{name}' does not carry the label {ClusterNames.HarnessLabel}={ClusterNames.HarnessLabelValue}; nothing was changed.",
                $"If everything in it may be broken and deleted: kubectl label namespace {name} {ClusterNames.HarnessLabel}={ClusterNames.HarnessLabelValue}");
        }

        if (PodFacts.Text(labels, PodSecurityLevel) is { } level and not "privileged")
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"namespace '{name}' has the pod security level '{level}', and agents and node helpers need directories and processes of their Kubernetes node; nothing was changed.",
                $"kubectl label --overwrite namespace {name} {PodSecurityLevel}=privileged");
        }

        if (PodFacts.Text(metadata, "deletionTimestamp") is not null)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"namespace '{name}' is being deleted; nothing was changed.", "Wait until it is gone.");
        }
    }

    /// <summary>Finds what is in a namespace and neither the harness' nor Kubernetes' own.</summary>
    /// <param name="kubectl">For that namespace.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <returns>Kind and name of each, in order.</returns>
    public static Task<string[]> FindForeignAsync(IKubectl kubectl, CancellationToken cancellationToken) => FindForeignAsync(kubectl, AllKinds, cancellationToken);

    private static async Task<string[]> FindForeignAsync(IKubectl kubectl, string kinds, CancellationToken cancellationToken)
    {
        var table = await kubectl.RequireAsync(ReadForeign(kinds), cancellationToken);
        return
        [
            .. table.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(IsForeign).Select(columns => $"{columns[0].ToLowerInvariant()}/{columns[1]}")
                .Except(PutByKubernetes).Order(StringComparer.Ordinal),
        ];
    }

    private async Task RequireNothingForeignAsync(string name, string kinds, CancellationToken cancellationToken)
    {
        var foreign = await FindForeignAsync(_kubectl.InNamespace(name), kinds, cancellationToken);
        if (foreign.Length > 0)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"namespace '{name}' holds {foreign.Length} {(foreign.Length == 1 ? "object that is" : "objects that are")} not the harness': {string.Join(", ", foreign.Take(5))}{(foreign.Length > 5 ? " …" : string.Empty)}; nothing was changed.",
                "Choose another namespace, or move them: whatever is in this one may be broken by a fault.");
        }
    }

    // What an object of ours owns is ours, whatever its labels; tokens of service accounts are Kubernetes'.
    private static bool IsForeign(string[] columns) =>
        columns.Length >= 4 && columns[2] == None && columns[3] != "kubernetes.io/service-account-token";

    private static Version? Parse(JsonElement version) =>
        int.TryParse(PodFacts.Text(version, "major"), NumberStyles.None, CultureInfo.InvariantCulture, out var major)
        && int.TryParse(PodFacts.Text(version, "minor")?.TrimEnd('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            ? new Version(major, minor)
            : null;

    // What a run of this namespace has cordoned and left so, the next one opens before it begins.
    private bool MayHavePods(JsonElement node)
    {
        var isOurs = CordonMarks.IsMarked(node, _kubectl.Target.Namespace);
        return (isOurs || !CordonMarks.IsClosed(node))
            && !PodFacts.Items(PodFacts.Get(node, "spec"), "taints").Any(taint =>
                PodFacts.Text(taint, "effect") is "NoSchedule" or "NoExecute" && !(isOurs && PodFacts.Text(taint, "key") == CordonTaint))
            && PodFacts.Items(PodFacts.Get(node, "status"), "conditions").Any(condition =>
                PodFacts.Text(condition, "type") == "Ready" && PodFacts.Text(condition, "status") == "True");
    }
}

/// <summary>What a cluster says about itself.</summary>
/// <param name="Version">Its version, for the report: <c>v1.31.2+k3s1</c>.</param>
/// <param name="KubernetesNodes">The names of the Kubernetes nodes that are ready and take pods, in order.</param>
internal sealed record ClusterFacts(string Version, IReadOnlyList<string> KubernetesNodes)
{
    /// <summary>Gets the Kubernetes nodes' uids by their names.</summary>
    public IReadOnlyDictionary<string, string> Ids { get; init; } = new Dictionary<string, string>();
}
