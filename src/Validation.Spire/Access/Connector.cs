using System.Net;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Client.Lean;
using Validation.Core.Stacks;

namespace Validation.Spire.Access;

/// <summary>Makes channels to SPIRE servers, from the load's place in the network.</summary>
internal sealed class Connector
{
    private readonly ISpireStack _spire;
    private readonly TrustView _trust;
    private readonly TimeProvider _time;

    /// <summary>Creates the connector.</summary>
    /// <param name="spire">The stack.</param>
    /// <param name="trust">What is trusted.</param>
    /// <param name="time">The clock.</param>
    public Connector(ISpireStack spire, TrustView trust, TimeProvider time) => (_spire, _trust, _time) = (spire, trust, time);

    /// <summary>Makes a channel; nothing is opened yet.</summary>
    /// <param name="address">A server or the load balancer.</param>
    /// <param name="identity">The SVID that is shown; null shows none.</param>
    public UnaryChannel To(IPEndPoint address, X509Svid? identity = null) => new(OptionsFor(address, identity));

    /// <summary>Makes a channel to whichever server the load balancer chooses, which shows no SVID: attestation is a dialogue with whoever has none yet.</summary>
    public GrpcChannel ForAttestation() => ForAttestation(_spire.LoadBalancedApi);

    /// <summary>Makes a channel that shows no SVID.</summary>
    /// <param name="address">A server or the load balancer.</param>
    public GrpcChannel ForAttestation(IPEndPoint address) => new(OptionsFor(address, null));

    /// <summary>Makes a channel to whichever server the load balancer chooses, which shows no SVID.</summary>
    /// <param name="dial">Opens the connection to the load balancer.</param>
    public GrpcChannel ForAttestation(Func<CancellationToken, ValueTask<Stream>> dial) => new(OptionsFor(_spire.LoadBalancedApi, null) with { Dial = dial });

    private GrpcChannelOptions OptionsFor(IPEndPoint address, X509Svid? identity) => new()
    {
        Dial = cancellationToken => _spire.DialAsync(address, cancellationToken),
        Authority = address.ToString(),
        Tls = () => SvidTls.ForClient(id => id == _trust.TrustDomain.ServerId, _trust.Verifier, identity, _time, _trust.LookAgain),
    };
}
