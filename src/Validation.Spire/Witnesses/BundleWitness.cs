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
                events.Record(new BundleSeen(server.Node.Name, AuthoritiesIn(bundle)));
            }
        }
    }

    private async Task WatchAsync(SpireServerAccess server, IEventSink events, CancellationToken cancellationToken)
    {
        var known = Array.Empty<string>();
        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            // A server that does not answer tells nothing: neither that it forgot authorities nor that it has them.
            if (await TrustView.ReadBundleAsync(server, cancellationToken) is { } bundle
                && AuthoritiesIn(bundle) is var seen && !seen.SequenceEqual(known))
            {
                known = seen;
                events.Record(new BundleSeen(server.Node.Name, seen));
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private static string[] AuthoritiesIn(TrustBundle bundle) =>
    [
        .. bundle.X509Authorities
            .Select(authority => SvidFile.Normalize(DecodedCertificate.Decode(authority.Certificate).SubjectKeyId ?? string.Empty))
            .Order(StringComparer.Ordinal),
    ];
}
