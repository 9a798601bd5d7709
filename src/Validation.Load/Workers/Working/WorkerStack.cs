using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.Load.Workers.Protocol;

namespace Validation.Load.Workers.Working;

/// <summary>
/// The stack as a worker sees it: SPIRE's network API and the agents' sockets are reached from here, so that the load takes
/// the way of a real one; the servers' private sockets are reached through the controller.
/// </summary>
internal sealed class WorkerStack : IStack, ISpireStack
{
    /// <summary>Creates the view.</summary>
    /// <param name="surroundings">What the controller told.</param>
    /// <param name="tunnel">The way to private sockets.</param>
    public WorkerStack(Surroundings surroundings, Tunnel tunnel)
    {
        (TrustDomain, Flavor, AdministratorId) = (surroundings.TrustDomain, surroundings.Flavor, surroundings.AdministratorId);
        LoadBalancedApi = IPEndPoint.Parse(surroundings.LoadBalancedApi);
        NodeAuthority = AuthorityIn(surroundings);
        Servers =
        [
            .. surroundings.Servers.Select(server => new SpireServerAccess(
                new Place(server.Name, Roles.SpireServer, IPEndPoint.Parse(server.Api).Address),
                IPEndPoint.Parse(server.Api),
                cancellationToken => tunnel.DialAsync(server.Name, cancellationToken))),
        ];
        Agents =
        [
            .. surroundings.Agents.Select(agent => new SpireAgentAccess(
                new Place(agent.Name, Roles.SpireAgent, IPAddress.Parse(agent.Address)),
                cancellationToken => DialAsync(new UnixDomainSocketEndPoint(agent.Socket), AddressFamily.Unix, ProtocolType.Unspecified, cancellationToken),
                agent.CallerSelector,
                agent.AgentId)),
        ];
    }

    /// <inheritdoc/>
    public IReadOnlyList<INode> Nodes => [.. Servers.Select(server => server.Node), .. Agents.Select(agent => agent.Node)];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Facts { get; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public string TrustDomain { get; }

    /// <inheritdoc/>
    public string Flavor { get; }

    /// <inheritdoc/>
    public IPEndPoint LoadBalancedApi { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SpireServerAccess> Servers { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SpireAgentAccess> Agents { get; }

    /// <inheritdoc/>
    public X509Certificate2 NodeAuthority { get; }

    /// <inheritdoc/>
    public string AdministratorId { get; }

    /// <summary>Returns what a worker is told about a stack.</summary>
    /// <param name="spire">The stack.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="site">The worker.</param>
    public static Surroundings Describe(ISpireStack spire, int seed, WorkerSite site) => new(
        seed,
        spire.TrustDomain,
        spire.Flavor,
        spire.LoadBalancedApi.ToString(),
        spire.AdministratorId,
        spire.NodeAuthority.RawData,
        KeyOf(spire.NodeAuthority),
        [.. spire.Servers.Select(server => new ServerPlace(server.Node.Name, server.Api.ToString()))],
        [
            .. from agent in spire.Agents
               where site.AgentSockets.ContainsKey(agent.Node.Name)
               select new AgentPlace(
                   agent.Node.Name, agent.Node.Address.ToString(), site.AgentSockets[agent.Node.Name], agent.CallerSelector, agent.AgentId),
        ]);

    /// <inheritdoc/>
    public ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken) =>
        DialAsync(endPoint, endPoint.AddressFamily, ProtocolType.Tcp, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadEntryIdsAsync(CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A worker does not read the database; the controller does, once, for all.");

    /// <inheritdoc/>
    public Task WatchAsync(IEventSink events, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        NodeAuthority.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async ValueTask<Stream> DialAsync(
        EndPoint endPoint, AddressFamily family, ProtocolType protocol, CancellationToken cancellationToken)
    {
        var socket = new Socket(family, SocketType.Stream, protocol);
        try
        {
            if (protocol == ProtocolType.Tcp)
            {
                socket.NoDelay = true;
            }

            await socket.ConnectAsync(endPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static byte[] KeyOf(X509Certificate2 authority)
    {
        using var key = authority.GetECDsaPrivateKey() ?? (AsymmetricAlgorithm?)authority.GetRSAPrivateKey();
        return key?.ExportPkcs8PrivateKey() ?? throw new InvalidOperationException("The node authority has neither an EC nor an RSA key.");
    }

    private static X509Certificate2 AuthorityIn(Surroundings surroundings)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(surroundings.AuthorityCertificate);
        using var isElliptic = certificate.GetECDsaPublicKey();
        if (isElliptic is not null)
        {
            using var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(surroundings.AuthorityKey, out _);
            return certificate.CopyWithPrivateKey(key);
        }

        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(surroundings.AuthorityKey, out _);
        return certificate.CopyWithPrivateKey(rsa);
    }

    private sealed class Place(string name, string role, IPAddress address) : INode
    {
        public string Name => name;

        public string Role => role;

        public IPAddress Address => address;

        public NodeStatus Status { get; } = new(NodeState.Ready, 0, 1);
    }
}
