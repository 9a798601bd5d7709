using Spire.Wire.Certificates;
using Spire.Wire.Grpc.Client;

namespace Validation.Spire.Access;

/// <summary>
/// The connection of one caller with an SVID. Like SPIRE's agent it drops the connection after any failed call and dials
/// again for the next one, so that it does not stay with a server that answers and cannot serve.
/// </summary>
internal sealed class AgentChannel : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Connector _connector;
    private readonly List<GrpcChannel> _dropped = [];
    private X509Svid _identity;
    private GrpcChannel _current;

    /// <summary>Creates the connection; nothing is opened yet.</summary>
    /// <param name="connector">Makes the channels.</param>
    /// <param name="identity">The SVID that is shown; disposed of with the connection.</param>
    public AgentChannel(Connector connector, X509Svid identity)
    {
        _connector = connector;
        _identity = identity;
        _current = connector.ToAnyServer(identity);
    }

    /// <summary>Gets the channel for the next call.</summary>
    public GrpcChannel Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>Gets the SVID that is shown.</summary>
    public X509Svid Identity
    {
        get
        {
            lock (_gate)
            {
                return _identity;
            }
        }
    }

    /// <summary>Drops a channel on which a call failed. Other calls that run on it may finish.</summary>
    /// <param name="failed">The channel; when it was dropped already nothing happens.</param>
    public void Drop(GrpcChannel failed)
    {
        lock (_gate)
        {
            if (failed == _current)
            {
                _dropped.Add(_current);
                _current = _connector.ToAnyServer(_identity);
            }
        }
    }

    /// <summary>Shows another SVID from the next call on.</summary>
    /// <param name="identity">The SVID.</param>
    public void Renew(X509Svid identity)
    {
        lock (_gate)
        {
            _dropped.Add(_current);
            _identity = identity;
            _current = _connector.ToAnyServer(identity);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _current.Dispose();
            _dropped.ForEach(channel => channel.Dispose());
            _identity.Dispose();
        }
    }
}
