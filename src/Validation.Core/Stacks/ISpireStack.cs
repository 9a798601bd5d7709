using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Validation.Core.Stacks;

/// <summary>How the load and the checks reach SPIRE in a stack.</summary>
public interface ISpireStack
{
    /// <summary>Gets the trust domain's name, without <c>spiffe://</c>.</summary>
    string TrustDomain { get; }

    /// <summary>Gets which SPIRE this is, for the first lines of every report: <c>embedded SPIRE</c>, <c>SPIRE 1.15.3</c>.</summary>
    string Flavor { get; }

    /// <summary>Gets the load balancer's address in front of all SPIRE servers.</summary>
    IPEndPoint LoadBalancedApi { get; }

    /// <summary>Gets the SPIRE servers.</summary>
    IReadOnlyList<SpireServerAccess> Servers { get; }

    /// <summary>Gets the SPIRE agents.</summary>
    IReadOnlyList<SpireAgentAccess> Agents { get; }

    /// <summary>Gets the authority, with its private key, that the servers' <c>x509pop</c> attestor trusts.</summary>
    X509Certificate2 NodeAuthority { get; }

    /// <summary>Gets the SPIFFE id that the servers accept as administrator over TCP.</summary>
    string AdministratorId { get; }

    /// <summary>Gets whether <see cref="ReadEntryIdsAsync"/> can be asked.</summary>
    /// <value>True by default. False for a stack of somebody else's that shows its entries to nobody.</value>
    bool ShowsEntries => true;

    /// <summary>Opens a TCP connection from the workload node, so that it takes the way that network faults act on.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken);

    /// <summary>Reads the ids of all registration entries from the database's primary, past every cache.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<IReadOnlyList<string>> ReadEntryIdsAsync(CancellationToken cancellationToken);
}

/// <summary>One SPIRE server.</summary>
/// <param name="Node">The node.</param>
/// <param name="Api">Its own address, past the load balancer.</param>
/// <param name="DialAdmin">Opens a connection to its private Unix socket.</param>
public sealed record SpireServerAccess(INode Node, IPEndPoint Api, Func<CancellationToken, ValueTask<Stream>> DialAdmin);

/// <summary>One SPIRE agent.</summary>
/// <param name="Node">The node.</param>
/// <param name="DialWorkloadApi">Opens a connection to its Workload API socket, as a workload of its node would.</param>
/// <param name="CallerSelector">The selector by which it knows the harness as a workload, for example <c>unix:uid:0</c>.</param>
/// <param name="AgentId">Its SPIFFE id.</param>
public sealed record SpireAgentAccess(INode Node, Func<CancellationToken, ValueTask<Stream>> DialWorkloadApi, string CallerSelector, string AgentId);
