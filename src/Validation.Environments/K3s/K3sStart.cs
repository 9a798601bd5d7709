using System.Text.Json;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>Gets a cluster ready for the stack: Kubernetes nodes ready, images in them, names resolved.</summary>
internal sealed class K3sStart
{
    private const string DnsNamespace = "kube-system";

    private readonly IDocker _docker;
    private readonly IKubectl _kubectl;
    private readonly K3sCluster _cluster;
    private readonly SecretMask _mask;
    private readonly TimeProvider _time;
    private readonly IProgress<string> _progress;

    /// <summary>Creates it.</summary>
    /// <param name="docker">The program that asks the engine.</param>
    /// <param name="kubectl">The program that asks the API server, for any namespace.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="mask">The secrets that messages must not show.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told what is being waited for.</param>
    public K3sStart(IDocker docker, IKubectl kubectl, K3sCluster cluster, SecretMask mask, TimeProvider time, IProgress<string> progress) =>
        (_docker, _kubectl, _cluster, _mask, _time, _progress) = (docker, kubectl, cluster, mask, time, progress);

    private static KubectlCommand AskDns { get; } = KubectlCommand.Read("get", "deployment", "coredns", "--ignore-not-found", "-o", "json");

    private static KubectlCommand AskWarnings { get; } =
        KubectlCommand.Read("get", "events", "--field-selector=type=Warning", "--sort-by=.lastTimestamp", "-o", "custom-columns=:.involvedObject.name,:.message", "--no-headers");

    /// <summary>Returns the commands that look whether it is ready, for a plan.</summary>
    /// <param name="target">The cluster.</param>
    /// <param name="names">The names of its containers.</param>
    public static IEnumerable<string> Lines(KubectlTarget target, K3sNames names) =>
    [
        (target with { Namespace = "kube-node-lease" }).Line(KubeletFacts.Ask),
        .. K3sNames.Nodes.Select(node => $"{BridgeFilter.Ask(names.Container(node))}   # 1, or the run is refused"),
        (target with { Namespace = DnsNamespace }).Line(AskDns),
    ];

    /// <summary>Transfers the images and waits until pods can start.</summary>
    /// <param name="images">The images; the engine has them.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">It did not get ready; what the cluster says about it is in the message.</exception>
    public async Task RunAsync(RequiredImages images, CancellationToken cancellationToken)
    {
        var wait = new NodeWait(_docker, _cluster.Names, _mask, _time);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] steps = [TransferAsync(wait, images, failed.Token), WaitForClusterAsync(wait, failed.Token)];
        try
        {
            // The first trouble is the one to show; the other step ends because of it.
            await await Task.WhenAny(steps);
            await Task.WhenAll(steps);
        }
        finally
        {
            await failed.CancelAsync();
            await Task.WhenAll(steps).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task TransferAsync(NodeWait wait, RequiredImages images, CancellationToken cancellationToken)
    {
        string[] containers = [.. K3sNames.Nodes.Select(_cluster.Names.Container)];
        foreach (var container in containers)
        {
            await wait.UntilAsync(
                "the container runtimes to take images",
                async token => (await _docker.RunAsync(K3sCommands.AskRuntime(container), token)).Succeeded,
                cancellationToken);
        }

        foreach (var portion in images.Portions)
        {
            _progress.Report($"{string.Join(", ", portion.Select(image => image.Reference))} to be in {containers.Length} Kubernetes nodes");
            await new ImageTransfer(_docker).RunAsync(portion, containers, cancellationToken);
        }
    }

    private async Task WaitForClusterAsync(NodeWait wait, CancellationToken cancellationToken)
    {
        var waitingFor = string.Empty;
        await wait.UntilAsync(
            "the Kubernetes nodes to get ready",
            async token =>
            {
                var list = await TryReadAsync(KubeletFacts.For(_kubectl), KubeletFacts.Ask, token);
                var kubelets = list is { } answer ? KubeletFacts.Parse(answer) : new Dictionary<string, KubeletFacts>();
                string[] missing = [.. K3sNames.Nodes.Where(node => kubelets.GetValueOrDefault(node) is not { IsReady: true })];
                Tell(ref waitingFor, string.Join(", ", missing));
                return missing.Length == 0;
            },
            cancellationToken);
        await BridgeFilter.RequireAsync(_docker, _cluster.Names, cancellationToken);
        _progress.Report("names to be resolved in the cluster");
        try
        {
            var dns = _kubectl.InNamespace(DnsNamespace);
            await wait.UntilAsync("CoreDNS to get ready", async token => IsAvailable(await TryReadAsync(dns, AskDns, token)), cancellationToken);
        }
        catch (HarnessException trouble)
        {
            throw new HarnessException(trouble.ExitCode, $"{trouble.Message}\n{await WarningsAsync(cancellationToken)}", SystemImagesHint, trouble);
        }
    }

    private static string SystemImagesHint =>
        $"K3s takes its own images by the names of its release. See that 'pause' and 'coredns' in environments/k3s/images.yaml are of the same release as 'k3s', or give its archive k3s-airgap-images-ARCH.tar.zst with --image {K3sOptions.SystemImages}=FILE.";

    private static bool IsAvailable(JsonElement? deployment) =>
        deployment is { } found && PodFacts.Get(PodFacts.Get(found, "status"), "availableReplicas").ValueKind == JsonValueKind.Number;

    private void Tell(ref string before, string now)
    {
        if (now.Length > 0 && now != before)
        {
            before = now;
            _progress.Report($"{now} to get ready");
        }
    }

    private async Task<string> WarningsAsync(CancellationToken cancellationToken)
    {
        var answer = await _kubectl.InNamespace(DnsNamespace).RunAsync(AskWarnings, cancellationToken);
        return string.Join('\n', answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(5));
    }

    private static async Task<JsonElement?> TryReadAsync(IKubectl kubectl, KubectlCommand command, CancellationToken cancellationToken)
    {
        var answer = await kubectl.RunAsync(command, cancellationToken);
        if (!answer.Succeeded || string.IsNullOrWhiteSpace(answer.Output))
        {
            return null;
        }

        using var document = JsonDocument.Parse(answer.Output);
        return document.RootElement.Clone();
    }
}
