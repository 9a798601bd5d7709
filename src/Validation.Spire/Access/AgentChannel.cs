using System.Net;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc.Client.Lean;

namespace Validation.Spire.Access;

/// <summary>
/// The connection of one caller with an SVID. Like SPIRE's agent it drops the connection after any failed call and dials
/// again for the next one, so that it does not stay with a server that answers and cannot serve.
/// </summary>
internal sealed class AgentChannel : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Connector _connector;
    private readonly IPEndPoint _address;
    private X509Svid _identity;
    private Connection _current;

    /// <summary>Creates the connection; nothing is opened yet.</summary>
    /// <param name="connector">Makes the channels.</param>
    /// <param name="address">A server or the load balancer.</param>
    /// <param name="identity">The SVID that is shown; disposed of with the connection.</param>
    public AgentChannel(Connector connector, IPEndPoint address, X509Svid identity)
    {
        (_connector, _address, _identity) = (connector, address, identity);
        _current = new Connection(connector.To(address, identity));
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

    /// <summary>Makes calls. Any exception drops the connection; other calls that run on it finish.</summary>
    /// <remarks>That includes cancellation: an operation whose time is over has met a server that is silent.</remarks>
    /// <typeparam name="T">What the calls bring.</typeparam>
    /// <param name="calls">Makes the calls on a channel that is good until they have ended.</param>
    public async Task<T> UseAsync<T>(Func<UnaryChannel, Task<T>> calls)
    {
        var connection = Enter();
        try
        {
            return await calls(connection.Channel);
        }
        catch
        {
            Replace(connection);
            throw;
        }
        finally
        {
            Leave(connection);
        }
    }

    /// <summary>Shows another SVID from the next call on.</summary>
    /// <param name="identity">The SVID.</param>
    public void Renew(X509Svid identity)
    {
        lock (_gate)
        {
            _identity = identity;
            Replace(_current);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _current.Drop();
            _identity.Dispose();
        }
    }

    private Connection Enter()
    {
        lock (_gate)
        {
            _current.Users++;
            return _current;
        }
    }

    private void Leave(Connection connection)
    {
        lock (_gate)
        {
            connection.Users--;
            connection.CloseWhenUnused();
        }
    }

    private void Replace(Connection connection)
    {
        lock (_gate)
        {
            // Calls that fail together replace their connection once.
            if (connection == _current && !connection.IsDropped)
            {
                connection.Drop();
                _current = new Connection(_connector.To(_address, _identity));
            }
        }
    }

    /// <summary>One connection and how many calls need it. A channel that was disposed of begins no more calls, so it waits for them.</summary>
    private sealed class Connection(UnaryChannel channel)
    {
        public UnaryChannel Channel { get; } = channel;

        public int Users { get; set; }

        public bool IsDropped { get; private set; }

        public void Drop()
        {
            IsDropped = true;
            CloseWhenUnused();
        }

        public void CloseWhenUnused()
        {
            if (IsDropped && Users == 0)
            {
                Channel.Dispose();
            }
        }
    }
}
