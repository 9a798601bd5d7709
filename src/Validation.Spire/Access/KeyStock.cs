using System.Security.Cryptography;
using System.Threading.Channels;
using Spire.Wire.Certificates;
using Validation.Core.Loads;
using Validation.Core.Running;

namespace Validation.Spire.Access;

/// <summary>A key with its certificate request, made before anybody needs it.</summary>
/// <param name="Key">The private key; the taker disposes of it.</param>
/// <param name="Request">PKCS#10 in DER.</param>
internal sealed record PreparedKey(ECDsa Key, byte[] Request);

/// <summary>Makes keys and requests ahead of need, so that the generator's own cryptography is not measured.</summary>
internal sealed class KeyStock : IAsyncDisposable
{
    // Enough for a burst while the maker does not get the processor.
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(10);
    private const int Smallest = 32;
    private const int Largest = 20_000;

    private readonly Channel<PreparedKey> _ready;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<PreparedKey> _make;
    private readonly string _load;
    private readonly IEventSink _events;
    private readonly Task _making;
    private readonly int _size;
    private int _complained;

    private KeyStock(string load, Arrivals arrivals, Func<ECDsa, byte[]> request, IEventSink events)
    {
        _load = load;
        _events = events;
        _make = () =>
        {
            var key = Keys.Create();
            return new PreparedKey(key, request(key));
        };
        _size = (int)Math.Clamp(arrivals.MostIn(Ahead), Smallest, Largest);
        _ready = Channel.CreateBounded<PreparedKey>(new BoundedChannelOptions(_size) { SingleWriter = true });
        _making = Task.Run(KeepFullAsync);
    }

    /// <summary>Starts a stock and waits until it is half full.</summary>
    /// <param name="load">The load that takes the keys.</param>
    /// <param name="arrivals">When it takes them.</param>
    /// <param name="request">Makes the request for a key.</param>
    /// <param name="events">Told once if the stock ever ran empty.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<KeyStock> StartAsync(
        string load, Arrivals arrivals, Func<ECDsa, byte[]> request, IEventSink events, CancellationToken cancellationToken)
    {
        var stock = new KeyStock(load, arrivals, request, events);
        try
        {
            while (stock.Count < stock._size / 2 && !stock._making.IsCompleted)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
            }

            return stock;
        }
        catch
        {
            await stock.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gets how many keys are ready.</summary>
    public int Count => _ready.Reader.Count;

    /// <summary>Takes a key. When there is none it is made now, and the run is told that its latencies contain that.</summary>
    public PreparedKey Take()
    {
        if (_ready.Reader.TryRead(out var prepared))
        {
            return prepared;
        }

        if (Interlocked.Exchange(ref _complained, 1) == 0)
        {
            _events.Record(new Trouble($"keys of '{_load}'", "The stock ran empty; some keys were made while their operation was measured."));
        }

        return _make();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _making;
        while (_ready.Reader.TryRead(out var unused))
        {
            unused.Key.Dispose();
        }

        _stop.Dispose();
    }

    private async Task KeepFullAsync()
    {
        try
        {
            while (true)
            {
                await _ready.Writer.WriteAsync(_make(), _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
