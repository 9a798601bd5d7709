using System.Security.Cryptography.X509Certificates;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Server.Storage;
using Google.Protobuf;
using Spire.Wire.Contracts.Journal;

namespace EmbeddedSpire.Server.Authorities;

/// <summary>What this server remembers of its own authorities, in a row of the database that it finds again by its keys.</summary>
/// <remarks>Nothing is stored before an X.509 authority is active, because its id is what the row is found by.</remarks>
internal sealed class Journal : IDisposable
{
    // SPIRE keeps this many of each kind.
    private const int MaxEntries = 10;

    private readonly JournalStore _store;
    private readonly Logger _log;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Entries _entries;
    private int _row;
    private string _activeAuthorityId = string.Empty;

    private Journal(JournalStore store, Logger log, int row, Entries entries)
    {
        _store = store;
        _log = log;
        _row = row;
        _entries = entries;
    }

    /// <summary>Gets a copy of the entries.</summary>
    public Entries Entries => _entries.Clone();

    /// <summary>Finds the journal of the server that has one of these keys, or begins a new one.</summary>
    /// <param name="store">Where journals are.</param>
    /// <param name="publicKeys">The server's keys, as SubjectPublicKeyInfo in DER.</param>
    /// <param name="log">Told what was found.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<Journal> LoadAsync(JournalStore store, IEnumerable<byte[]> publicKeys, Logger log, CancellationToken cancellationToken)
    {
        foreach (var publicKey in publicKeys)
        {
            var authorityId = Convert.ToHexStringLower(new X509SubjectKeyIdentifierExtension(
                PublicKey.CreateFromSubjectPublicKeyInfo(publicKey, out _), X509SubjectKeyIdentifierHashAlgorithm.Sha1, critical: false).SubjectKeyIdentifierBytes.Span);
            if (await store.FetchAsync(authorityId, cancellationToken) is { } found)
            {
                log.Debug("Found a CA journal record that matches with a local X509 authority ID", ("ca_journal_id", found.Id), ("local_authority_id", authorityId));
                return new Journal(store, log, found.Id, found.Entries);
            }
        }

        log.Info("There is not a CA journal record that matches any of the local X509 authority IDs");
        return new Journal(store, log, 0, new Entries());
    }

    /// <summary>Adds a prepared X.509 authority.</summary>
    public Task AppendX509Async(AuthoritySlot<Spire.Wire.Certificates.CertificateAuthority> slot, CancellationToken cancellationToken) => ChangeAsync(
        () => Append(_entries.X509CAs, new X509CAEntry
        {
            SlotId = slot.Id,
            IssuedAt = slot.IssuedAt.ToUnixTimeSeconds(),
            NotAfter = slot.NotAfter.ToUnixTimeSeconds(),
            Certificate = ByteString.CopyFrom(slot.Authority!.Certificate.Der.Span),
            Status = Status.Prepared,
            AuthorityId = slot.AuthorityId,
        }),
        cancellationToken);

    /// <summary>Adds a prepared JWT key.</summary>
    public Task AppendJwtAsync(AuthoritySlot<Spire.Wire.Certificates.JwtSigner> slot, CancellationToken cancellationToken) => ChangeAsync(
        () => Append(_entries.JwtKeys, new JWTKeyEntry
        {
            SlotId = slot.Id,
            IssuedAt = slot.IssuedAt.ToUnixTimeSeconds(),
            NotAfter = slot.NotAfter.ToUnixTimeSeconds(),
            Kid = slot.AuthorityId,
            PublicKey = ByteString.CopyFrom(slot.Authority!.PublicKey.Span),
            Status = Status.Prepared,
            AuthorityId = slot.AuthorityId,
        }),
        cancellationToken);

    /// <summary>Changes the status of an X.509 authority; one that becomes active is from then on what the journal is found by.</summary>
    public Task SetX509StatusAsync(string authorityId, Status status, CancellationToken cancellationToken) => ChangeAsync(
        () =>
        {
            Last(_entries.X509CAs, entry => entry.AuthorityId == authorityId, authorityId).Status = status;
            _activeAuthorityId = status == Status.Active ? authorityId : _activeAuthorityId;
        },
        cancellationToken);

    /// <summary>Changes the status of a JWT key.</summary>
    public Task SetJwtStatusAsync(string authorityId, Status status, CancellationToken cancellationToken) => ChangeAsync(
        () => Last(_entries.JwtKeys, entry => entry.AuthorityId == authorityId, authorityId).Status = status, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private static T Last<T>(IEnumerable<T> entries, Func<T, bool> isMeant, string authorityId) => entries.LastOrDefault(isMeant)
        ?? throw new InvalidOperationException($"no journal entry found with authority ID \"{authorityId}\"");

    private static void Append<T>(Google.Protobuf.Collections.RepeatedField<T> entries, T entry)
    {
        entries.Add(entry);
        if (entries.Count > MaxEntries)
        {
            entries.RemoveAt(0);
        }
    }

    private async Task ChangeAsync(Action change, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            change();
            if (_row == 0 && _activeAuthorityId.Length == 0)
            {
                _log.Debug("There is no active X.509 authority yet. Can't save CA journal in the datastore");
                return;
            }

            if (_row == 0)
            {
                _log.Info("Creating a new CA journal entry");
            }

            _row = await _store.SetAsync(_row, _entries, _activeAuthorityId, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }
}
