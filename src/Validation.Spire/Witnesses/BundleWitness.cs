using Spire.Wire.Certificates;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.Spire.Access;

namespace Validation.Spire.Witnesses;

/// <summary>Reads the bundle of every SPIRE server again and again, and records each change.</summary>
internal sealed class BundleWitness : IRunWitness
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _time;

    /// <summary>Creates the witness.</summary>
    /// <param name="time">The clock.</param>
    public BundleWitness(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public string Name => "bundles";

    /// <inheritdoc/>
    public Task WatchAsync(IStack stack, IEventSink events, CancellationToken cancellationToken) =>
        Task.WhenAll(((ISpireStack)stack).Servers.Select(server => WatchAsync(server, events, cancellationToken)));

    /// <inheritdoc/>
    public async Task ConcludeAsync(IStack stack, IEventSink events, CancellationToken cancellationToken)
    {
        // The last look tells what every server knows after everything healed, whether it changed or not.
        foreach (var server in ((ISpireStack)stack).Servers)
        {
            if (await TrustView.ReadBundleAsync(server, cancellationToken) is { } bundle)
            {
                events.Record(SeenIn(bundle, server));
            }
        }
    }

    private async Task WatchAsync(SpireServerAccess server, IEventSink events, CancellationToken cancellationToken)
    {
        var known = new BundleSeen(server.Node.Name, []);
        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            // A server that does not answer tells nothing: neither that it forgot authorities nor that it has them.
            if (await TrustView.ReadBundleAsync(server, cancellationToken) is { } bundle
                && SeenIn(bundle, server) is var seen
                && !(seen.Authorities.SequenceEqual(known.Authorities) && seen.Tainted.SequenceEqual(known.Tainted)))
            {
                known = seen;
                events.Record(seen);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private static BundleSeen SeenIn(TrustBundle bundle, SpireServerAccess server) =>
        new(server.Node.Name, IdsOf(bundle.X509Authorities)) { Tainted = IdsOf(bundle.X509Authorities.Where(authority => authority.Tainted)) };

    private static string[] IdsOf(IEnumerable<X509Authority> authorities) =>
    [
        .. authorities
            .Select(authority => SvidFile.Normalize(DecodedCertificate.Decode(authority.Certificate).SubjectKeyId ?? string.Empty))
            .Order(StringComparer.Ordinal),
    ];
}
