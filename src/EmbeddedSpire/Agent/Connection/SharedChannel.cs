namespace EmbeddedSpire.Agent.Connection;

/// <summary>
/// The one channel that an agent's calls share. After any call that failed, whatever the reason, SPIRE drops the channel:
/// calls that run on it finish, the next one dials anew.
/// </summary>
internal sealed class SharedChannel
{
    private readonly Func<ServerChannel> _dial;
    private readonly Lock _gate = new();
    private Held? _current;

    /// <summary>Creates the holder.</summary>
    /// <param name="dial">Makes a channel.</param>
    public SharedChannel(Func<ServerChannel> dial) => _dial = dial;

    /// <summary>Returns the channel for one call, which ends with disposing of the result.</summary>
    public Lease Borrow()
    {
        lock (_gate)
        {
            _current ??= new Held(_dial());
            _current.Users++;
            return new Lease(this, _current);
        }
    }

    /// <summary>Drops the channel, so that the next call dials anew.</summary>
    public void Drop() => Drop(null);

    private void Drop(Held? failed)
    {
        lock (_gate)
        {
            if (_current is { } current && (failed is null || failed == current))
            {
                _current = null;
                Leave(current);
            }
        }
    }

    private void Return(Held held)
    {
        lock (_gate)
        {
            Leave(held);
        }
    }

    private static void Leave(Held held)
    {
        if (--held.Users == 0)
        {
            held.Channel.Dispose();
        }
    }

    /// <summary>The use of the channel by one call.</summary>
    internal sealed class Lease : IDisposable
    {
        private readonly SharedChannel _owner;
        private readonly Held _held;

        internal Lease(SharedChannel owner, Held held) => (_owner, _held) = (owner, held);

        /// <summary>Gets the channel.</summary>
        public ServerChannel Channel => _held.Channel;

        /// <summary>Drops the channel, unless somebody already has.</summary>
        public void Drop() => _owner.Drop(_held);

        /// <inheritdoc/>
        public void Dispose() => _owner.Return(_held);
    }

    internal sealed class Held(ServerChannel channel)
    {
        public ServerChannel Channel => channel;

        /// <summary>Gets or sets how many use it; the holder itself is one.</summary>
        public int Users { get; set; } = 1;
    }
}
