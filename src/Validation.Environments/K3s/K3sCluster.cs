using System.Net;
using System.Security.Cryptography;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>A throw-away cluster: one K3s server and its agents as containers. Disposing removes it.</summary>
internal sealed class K3sCluster : IAsyncDisposable
{
    /// <summary>The context in the kubeconfig that K3s writes.</summary>
    public const string Context = "default";

    private const string KubeconfigInside = "/etc/rancher/k3s/k3s.yaml";
    private const string AddressInside = "https://127.0.0.1:" + K3sNames.ApiPort;
    private static readonly TimeSpan DownLimit = TimeSpan.FromMinutes(3);

    private readonly IDocker _docker;
    private readonly SecretMask _mask;
    private readonly TimeProvider _time;
    private readonly IAsyncDisposable _reaper;
    private readonly MemoryFile _kubeconfig = new("kubeconfig");
    private string _keys = string.Empty;

    private K3sCluster(IDocker docker, K3sNames names, SecretMask mask, IAsyncDisposable reaper, TimeProvider time)
    {
        (_docker, Names, _mask, _reaper, _time) = (docker, names, mask, reaper, time);
        Addresses = new Dictionary<string, IPAddress>();
    }

    /// <summary>Gets the names of everything.</summary>
    public K3sNames Names { get; }

    /// <summary>Gets the addresses of the Kubernetes nodes, by their names.</summary>
    public IReadOnlyDictionary<string, IPAddress> Addresses { get; private set; }

    /// <summary>Gets the path of the kubeconfig. It exists in memory, as long as the cluster.</summary>
    public string Kubeconfig => _kubeconfig.Path;

    /// <summary>Gets the network's own address, from which the harness' calls of the API server seem to come.</summary>
    public IPAddress Gateway { get; private set; } = IPAddress.None;

    /// <summary>Makes and starts the containers and returns when the API server has written its kubeconfig.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="images">The images; the engine has them.</param>
    /// <param name="mask">Told of the cluster's secrets.</param>
    /// <param name="startReaper">Starts what removes the cluster when the harness ends without having done so.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told what is being waited for.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing is left.</param>
    /// <exception cref="HarnessException">A container did not start or ended; its last log lines are in the message.</exception>
    public static async Task<K3sCluster> StartAsync(
        IDocker docker,
        RequiredImages images,
        SecretMask mask,
        Func<K3sNames, IAsyncDisposable> startReaper,
        TimeProvider time,
        IProgress<string> progress,
        CancellationToken cancellationToken)
    {
        var names = new K3sNames(RandomNumberGenerator.GetHexString(8, lowercase: true), HarnessMark.Own());
        var cluster = new K3sCluster(docker, names, mask, startReaper(names), time);
        try
        {
            var token = RandomNumberGenerator.GetHexString(40, lowercase: true);
            mask.Add(token);
            await cluster.MakeAsync(images, token, cancellationToken);
            progress.Report("the API server to write its keys");
            await cluster.WaitForKeysAsync(cancellationToken);
            await cluster.FindApiAsync(cancellationToken);
            return cluster;
        }
        catch (Exception trouble)
        {
            await TakenDown.AfterAsync(cluster, trouble);
            throw;
        }
    }

    /// <summary>Looks where the API server is reached: the engine chooses the port at every start.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <exception cref="HarnessException">The container does not run, or the engine is on another machine.</exception>
    public async Task FindApiAsync(CancellationToken cancellationToken)
    {
        var lines = await _docker.ListAsync(K3sCommands.AskApiPort(Names.Container(K3sNames.Server)), cancellationToken);
        var here = lines.FirstOrDefault(line => line.StartsWith("127.0.0.1:", StringComparison.Ordinal)) ?? throw new HarnessException(
            ExitCode.EnvironmentFailed, $"The engine published the API server at '{string.Join(", ", lines)}', and not at 127.0.0.1.");
        _kubeconfig.Write(_keys.Replace(AddressInside, $"https://{here}", StringComparison.Ordinal));
    }

    /// <summary>Lets the cluster stay when the harness ends. The kubeconfig ends with the harness all the same.</summary>
    public async Task LeaveUpAsync()
    {
        await _reaper.DisposeAsync();
        _kubeconfig.Dispose();
    }

    /// <inheritdoc/>
    /// <remarks>What cannot be removed now is removed by the reaper, which goes on until it was told that all is done.</remarks>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(DownLimit, _time);
        await K3sRecovery.RemoveAsync(_docker, await K3sRecovery.FindAllAsync(_docker, Names.Filter, limit.Token), limit.Token);
        var left = await K3sRecovery.FindAllAsync(_docker, Names.Filter, limit.Token);
        if (left.Count > 0)
        {
            throw new HarnessException(ExitCode.LeftUnclean, $"Still on the engine: {string.Join(", ", left)}.", "'recover --environment k3s' removes it.");
        }

        await _reaper.DisposeAsync();
        _kubeconfig.Dispose();
    }

    private async Task MakeAsync(RequiredImages images, string token, CancellationToken cancellationToken)
    {
        var subnet = await MakeNetworkAsync(cancellationToken);

        // The first address is the network's own on the host.
        Gateway = At(subnet, 1);
        Addresses = K3sNames.Nodes.Select((node, index) => (node, Address: At(subnet, index + 2))).ToDictionary(pair => pair.node, pair => pair.Address);
        foreach (var (node, address) in Addresses)
        {
            await _docker.RequireAsync(K3sCommands.MakeNode(Names, node, $"{address}", images, token), cancellationToken);
        }

        await _docker.RequireAsync(K3sCommands.Start(K3sNames.Nodes.Select(Names.Container)), cancellationToken);
    }

    /// <summary>Lets the engine find free addresses and makes them the network's own: fixed addresses need that.</summary>
    private async Task<IPNetwork> MakeNetworkAsync(CancellationToken cancellationToken)
    {
        await _docker.RequireAsync(K3sCommands.MakeNetwork(Names, null), cancellationToken);
        var subnets = await _docker.ListAsync(K3sCommands.AskSubnets(Names), cancellationToken);
        var subnet = subnets.FirstOrDefault(text => text.Contains('.', StringComparison.Ordinal)) ?? throw new HarnessException(
            ExitCode.EnvironmentFailed, $"The engine gave the network no IPv4 addresses: '{string.Join(", ", subnets)}'.");
        await _docker.RequireAsync(K3sCommands.RemoveNetwork(Names.Network), cancellationToken);
        await _docker.RequireAsync(K3sCommands.MakeNetwork(Names, subnet), cancellationToken);
        return IPNetwork.Parse(subnet);
    }

    private static IPAddress At(IPNetwork subnet, int number)
    {
        var bytes = subnet.BaseAddress.GetAddressBytes();
        bytes[^1] += (byte)number;
        return new IPAddress(bytes);
    }

    private async Task WaitForKeysAsync(CancellationToken cancellationToken)
    {
        var container = Names.Container(K3sNames.Server);
        var wait = new NodeWait(_docker, Names, _mask, _time);
        await wait.UntilAsync(
            "the API server to write its keys",
            async token =>
            {
                var answer = await _docker.RunAsync(K3sCommands.Print(container, KubeconfigInside), token);
                _keys = answer.Output;
                return answer.Succeeded && _keys.Contains(AddressInside, StringComparison.Ordinal);
            },
            cancellationToken);
        foreach (var secret in KubeconfigSecrets.In(_keys))
        {
            _mask.Add(secret);
        }
    }
}
