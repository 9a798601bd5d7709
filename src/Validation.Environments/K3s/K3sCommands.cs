using System.Globalization;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>The docker commands by which a throw-away cluster comes and goes. Nothing is run here, so a plan can show them.</summary>
internal static class K3sCommands
{
    /// <summary>Where K3s looks for images at its start; see its manual on air gaps.</summary>
    private const string ImageFolder = "/var/lib/rancher/k3s/agent/images";

    // Small disks are usual where throw-away clusters run; K3s would evict pods long before anything is full.
    private static readonly string[] Kubelet =
    [
        "--kubelet-arg=eviction-hard=imagefs.available<1%,nodefs.available<1%", "--kubelet-arg=eviction-minimum-reclaim=imagefs.available=1%,nodefs.available=1%",

        // And it would delete images that no pod uses yet from a disk that is 85 % full. They came over the engine and cannot
        // be pulled again; 100 switches that off.
        "--kubelet-arg=image-gc-high-threshold=100",
    ];

    // For br_netfilter. Not --mount, which refuses a machine whose kernel has all of it built in and so no such folder.
    private const string Modules = "--volume=/lib/modules:/lib/modules:ro";

    private static readonly string[] ServerWords =
    [
        "server",

        // The stack brings its own load balancer and keeps its data in its pods.
        "--disable=traefik,servicelb,metrics-server,local-storage",

        // All Kubernetes nodes are neighbours in one network: plain routes suffice and need no kernel module.
        "--flannel-backend=host-gw",

        // The API server calls kubelets itself. The tunnels that K3s uses otherwise begin at the agents, and an outage
        // of the API server for the agents would take the harness' own way to the pods with it.
        "--egress-selector-mode=disabled",
    ];

    /// <summary>Gets the question for the engine's version: the cheapest one that needs an engine.</summary>
    public static DockerCommand AskEngine { get; } = DockerCommand.Read("version", "--format={{.Server.Version}}") with { Limit = TimeSpan.FromSeconds(15) };

    /// <summary>Returns the question whether the engine has an image.</summary>
    /// <param name="image">The image.</param>
    public static DockerCommand FindImage(NamedImage image) => DockerCommand.Read("image", "inspect", "--format={{.Id}}", image.Reference);

    /// <summary>Returns what loads a file into the engine.</summary>
    /// <param name="file">What <c>docker save</c> wrote.</param>
    public static DockerCommand LoadImage(FileInfo file) =>
        DockerCommand.Write("load", $"--input={file.FullName}") with { Limit = TimeSpan.FromMinutes(10) };

    /// <summary>Returns what makes the network.</summary>
    /// <param name="names">The names.</param>
    /// <param name="subnet">Its addresses; null to let the engine find free ones.</param>
    public static DockerCommand MakeNetwork(K3sNames names, string? subnet) =>
        DockerCommand.Write(["network", "create", .. names.Labels, .. subnet is null ? Array.Empty<string>() : [$"--subnet={subnet}"], names.Network]);

    /// <summary>Returns the question for the network's addresses.</summary>
    /// <param name="names">The names.</param>
    public static DockerCommand AskSubnets(K3sNames names) =>
        DockerCommand.Read("network", "inspect", "--format={{range .IPAM.Config}}{{println .Subnet}}{{end}}", names.Network);

    /// <summary>Returns what removes the network.</summary>
    /// <param name="network">Its name or id.</param>
    public static DockerCommand RemoveNetwork(string network) => DockerCommand.Write("network", "rm", network);

    /// <summary>Returns what makes the container of a Kubernetes node. It does not run yet.</summary>
    /// <param name="names">The names.</param>
    /// <param name="node">The Kubernetes node's name.</param>
    /// <param name="address">Its address, which stays the same when it is started again.</param>
    /// <param name="images">Its own image, and the file with those that K3s itself needs.</param>
    /// <param name="token">The secret by which the nodes know each other; it goes by the standard input.</param>
    public static DockerCommand MakeNode(K3sNames names, string node, string address, RequiredImages images, string token)
    {
        var isServer = node == K3sNames.Server;
        return new DockerCommand(
            [
                "create", $"--name={names.Container(node)}", $"--hostname={node}", $"--network={names.Network}", $"--network-alias={node}", $"--ip={address}",
                .. names.Labels,
                "--pull=never", "--privileged", Modules, "--tmpfs=/run", "--tmpfs=/var/run", "--env-file=/dev/stdin",
                .. isServer ? [$"--publish=127.0.0.1::{K3sNames.ApiPort}"] : Array.Empty<string>(),

                // The image of K3s has no such folder yet, so 'docker cp' would not find it.
                .. images.System is { } file ? [$"--mount=type=bind,source={file.FullName},target={ImageFolder}/{file.Name},readonly"] : Array.Empty<string>(),
                images.OfNodes.Reference,
                .. isServer ? ServerWords : ["agent", $"--server=https://{K3sNames.Server}:{K3sNames.ApiPort}"],
                .. Kubelet,
            ],
            $"K3S_TOKEN={token}\n",
            Writes: true);
    }

    /// <summary>Returns what starts containers.</summary>
    /// <param name="containers">The containers.</param>
    public static DockerCommand Start(params IEnumerable<string> containers) => DockerCommand.Write(["start", .. containers]);

    /// <summary>Returns what kills a container.</summary>
    /// <param name="container">The container.</param>
    public static DockerCommand Kill(string container) => DockerCommand.Write("kill", container);

    /// <summary>Returns what ends a container as its machine would be shut down.</summary>
    /// <param name="container">The container.</param>
    /// <param name="grace">How long that may take before it is killed; rounded up to whole seconds.</param>
    public static DockerCommand Stop(string container, TimeSpan grace) =>
        DockerCommand.Write("stop", string.Create(CultureInfo.InvariantCulture, $"--time={(int)Math.Ceiling(grace.TotalSeconds)}"), container) with { Limit = grace + TimeSpan.FromMinutes(1) };

    /// <summary>Returns what freezes all processes of a container.</summary>
    /// <param name="container">The container.</param>
    public static DockerCommand Pause(string container) => DockerCommand.Write("pause", container);

    /// <summary>Returns what wakes them.</summary>
    /// <param name="container">The container.</param>
    public static DockerCommand Unpause(string container) => DockerCommand.Write("unpause", container);

    /// <summary>Returns what prints a file of a Kubernetes node.</summary>
    /// <param name="container">The container.</param>
    /// <param name="path">The file.</param>
    public static DockerCommand Print(string container, string path) => DockerCommand.Read("exec", container, "cat", path);

    /// <summary>Returns the question at which address and port of this machine the API server is reached.</summary>
    /// <param name="container">The server's container.</param>
    public static DockerCommand AskApiPort(string container) => DockerCommand.Read("port", container, $"{K3sNames.ApiPort}/tcp");

    /// <summary>Returns the question whether a node's container runtime takes images.</summary>
    /// <param name="container">The container.</param>
    public static DockerCommand AskRuntime(string container) => DockerCommand.Read("exec", container, "ctr", "version");

    /// <summary>Returns what writes images to its standard output.</summary>
    /// <param name="images">The images.</param>
    public static DockerCommand SaveImages(IEnumerable<NamedImage> images) => DockerCommand.Read(["save", .. images.Select(image => image.Reference)]);

    /// <summary>Returns what reads images from its standard input into a node's container runtime.</summary>
    /// <param name="container">The container.</param>
    public static DockerCommand ImportImages(string container) =>
        DockerCommand.Write("exec", "--interactive", container, "ctr", "--namespace=k8s.io", "images", "import", "-");

    /// <summary>Returns the question for a container's state: <c>running</c>, <c>paused</c>, <c>exited</c>; its exit code, main process and start.</summary>
    /// <param name="container">The container.</param>
    public static DockerCommand AskState(string container) =>
        DockerCommand.Read("inspect", "--format={{.State.Status}} {{.State.ExitCode}} {{.State.Pid}} {{.State.StartedAt}}", container);

    /// <summary>Returns the question for the last lines of a container's log.</summary>
    /// <param name="container">The container.</param>
    /// <param name="lines">How many.</param>
    public static DockerCommand ReadLog(string container, int lines) =>
        DockerCommand.Read("logs", string.Create(CultureInfo.InvariantCulture, $"--tail={lines}"), container);

    /// <summary>Returns the question for containers, whatever they do: id, name, mark, state.</summary>
    /// <param name="filter">Which of them.</param>
    public static DockerCommand ListContainers(string filter) =>
        DockerCommand.Read("ps", "--all", "--no-trunc", filter, $"--format={{{{.ID}}}} {{{{.Names}}}} {{{{.Label \"{K3sNames.ProcessLabel}\"}}}} {{{{.State}}}}");

    /// <summary>Returns the question for networks: id, name, mark.</summary>
    /// <param name="filter">Which of them.</param>
    public static DockerCommand ListNetworks(string filter) =>
        DockerCommand.Read("network", "ls", "--no-trunc", filter, $"--format={{{{.ID}}}} {{{{.Name}}}} {{{{.Label \"{K3sNames.ProcessLabel}\"}}}}");

    /// <summary>Returns what ends and removes containers with the volumes that the engine made for them.</summary>
    /// <param name="containers">Their names or ids.</param>
    public static DockerCommand RemoveContainers(IEnumerable<string> containers) =>
        DockerCommand.Write(["rm", "--force", "--volumes", .. containers]) with { Limit = TimeSpan.FromMinutes(2) };

    /// <summary>Returns a call of the kubectl that every K3s brings along.</summary>
    /// <param name="container">The server's container.</param>
    /// <param name="words">What it is asked.</param>
    public static DockerCommand Kubectl(string container, params IEnumerable<string> words) => DockerCommand.Read(["exec", container, "kubectl", .. words]);
}
