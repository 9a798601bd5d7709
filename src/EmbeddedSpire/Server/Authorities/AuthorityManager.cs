using EmbeddedSpire.Health;
using EmbeddedSpire.Metrics;
using EmbeddedSpire.Server.Storage;

namespace EmbeddedSpire.Server.Authorities;

/// <summary>Keeps this server's authorities fresh and the bundle free of dead ones, for as long as the server runs.</summary>
internal sealed class AuthorityManager : IDisposable
{
    private const int ToleratedFailures = 10;

    private static readonly TimeSpan RotationInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BundlePruningInterval = TimeSpan.FromHours(6);
    private static readonly TimeSpan JournalPruningInterval = TimeSpan.FromHours(8);
    private static readonly TimeSpan KeptInBundle = TimeSpan.FromHours(24);
    private static readonly TimeSpan KeptInJournal = TimeSpan.FromDays(14);

    private readonly AuthorityParts _parts;
    private readonly JournalStore _journals;
    private readonly CallMetric _prunings;
    private int _failures;

    /// <summary>Creates the manager.</summary>
    /// <param name="parts">What its lines have in common.</param>
    /// <param name="journals">The journals of all servers.</param>
    /// <param name="x509">The X.509 authorities.</param>
    /// <param name="jwt">The JWT keys; null with <c>disable_jwt_svids</c>.</param>
    public AuthorityManager(AuthorityParts parts, JournalStore journals, X509Line x509, JwtLine? jwt)
    {
        _parts = parts;
        _journals = journals;
        _prunings = parts.Metrics.Call("ca_manager_bundle_prune");
        X509 = x509;
        Jwt = jwt;
    }

    /// <summary>Gets the X.509 authorities.</summary>
    public X509Line X509 { get; }

    /// <summary>Gets the JWT keys; null when JWT-SVIDs are switched off.</summary>
    public JwtLine? Jwt { get; }

    /// <summary>Gets the state for the health endpoint. More than ten failed rotations are never forgiven, as in SPIRE.</summary>
    public HealthState Health => Volatile.Read(ref _failures) > ToleratedFailures
        ? HealthState.Bad("rotation_err", "rotations exceed the threshold number of failures")
        : HealthState.Good;

    /// <summary>Takes up where the journal left off, and makes what is missing. After it the server can sign.</summary>
    /// <exception cref="DatastoreException">The database refused, or it is not there.</exception>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        var entries = _parts.Journal.Entries;
        _parts.Log.Info("Journal loaded", ("jwt_keys", entries.JwtKeys.Count), ("wit_keys", entries.WitKeys.Count), ("x509_cas", entries.X509CAs.Count));
        var bundle = await _parts.Bundles.FetchAsync(_parts.TrustDomain.Id.ToString(), cancellationToken);
        await X509.ResumeAsync(entries.X509CAs, bundle, cancellationToken);
        if (Jwt is not null)
        {
            await Jwt.ResumeAsync(entries.JwtKeys, bundle, cancellationToken);
        }

        await X509.AdvanceAsync(cancellationToken);
        if (Jwt is not null)
        {
            await Jwt.AdvanceAsync(cancellationToken);
        }
    }

    /// <summary>Rotates and prunes until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        EveryAsync(RotationInterval, RotateAsync, cancellationToken),
        EveryAsync(BundlePruningInterval, PruneBundleAsync, cancellationToken),
        EveryAsync(JournalPruningInterval, PruneJournalsAsync, cancellationToken));

    /// <inheritdoc/>
    public void Dispose()
    {
        X509.Dispose();
        Jwt?.Dispose();
        _parts.Journal.Dispose();
    }

    /// <summary>Does what is due to the authorities, and counts what fails.</summary>
    internal async Task RotateAsync(CancellationToken cancellationToken)
    {
        await TryAsync("Unable to rotate X509 CA", () => X509.AdvanceAsync(cancellationToken));
        if (Jwt is { } jwt && !X509.Current.IsEmpty)
        {
            await TryAsync("Unable to rotate JWT key", () => jwt.AdvanceAsync(cancellationToken));
        }
    }

    private async Task EveryAsync(TimeSpan interval, Func<CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, _parts.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await action(cancellationToken);
        }
    }

    private async Task TryAsync(string problem, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception error) when (error is DatastoreException or IOException)
        {
            Interlocked.Increment(ref _failures);
            _parts.Log.Error(problem, ("error", error.Message));
        }
    }

    private async Task PruneBundleAsync(CancellationToken cancellationToken)
    {
        var begun = _prunings.Begin();
        var status = "OK";
        try
        {
            if (await _parts.Bundles.PruneAsync(_parts.TrustDomain.Id.ToString(), _parts.Time.GetUtcNow() - KeptInBundle, cancellationToken))
            {
                _parts.Metrics.Increment("ca_manager_bundle_pruned");
                _parts.Log.Debug("Expired certificates were successfully pruned from bundle");
            }
        }
        catch (DatastoreException error)
        {
            status = error.Code.ToString();
            _parts.Log.Error("Could not prune CA certificates", ("error", $"unable to prune bundle: {error.Message}"));
        }

        _prunings.End(begun, status);
    }

    private async Task PruneJournalsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _journals.PruneAsync(_parts.Time.GetUtcNow() - KeptInJournal, cancellationToken);
        }
        catch (DatastoreException error)
        {
            _parts.Log.Error("Could not prune CA journals", ("error", $"unable to prune CA journals: {error.Message}"));
        }
    }
}
