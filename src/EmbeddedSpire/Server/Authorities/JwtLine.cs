using System.Security.Cryptography;
using EmbeddedSpire.Metrics;
using EmbeddedSpire.Server.Storage;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Journal;
using Bundle = Spire.Wire.Contracts.Storage.Bundle;
using PublicKey = Spire.Wire.Contracts.Storage.PublicKey;

namespace EmbeddedSpire.Server.Authorities;

/// <summary>The succession of this server's JWT keys. They live as long as X.509 authorities.</summary>
internal sealed class JwtLine : AuthorityLine<JwtSigner>
{
    private readonly TrustDomain _trustDomain;
    private readonly KeyManager _keys;
    private readonly KeyKind _kind;
    private readonly TimeSpan _life;
    private readonly BundleStore _bundles;
    private readonly Journal _journal;
    private readonly MetricRegistry _metrics;
    private readonly Action<JwtSigner, DateTimeOffset> _activated;

    /// <summary>Creates the line without keys.</summary>
    /// <param name="parts">What all lines need.</param>
    /// <param name="kind">The kind of its keys.</param>
    /// <param name="activated">Told of the key that signs from now on, and when it ends.</param>
    public JwtLine(AuthorityParts parts, KeyKind kind, Action<JwtSigner, DateTimeOffset> activated)
        : base("ca_manager_jwt_key_prepare", parts.Metrics, parts.Log, parts.Time)
    {
        _trustDomain = parts.TrustDomain;
        _keys = parts.Keys;
        _kind = kind;
        _life = parts.Life;
        _bundles = parts.Bundles;
        _journal = parts.Journal;
        _metrics = parts.Metrics;
        _activated = activated;
    }

    /// <summary>Takes up the succession from those entries of the journal whose keys the bundle and the key manager still have.</summary>
    public Task ResumeAsync(IEnumerable<JWTKeyEntry> entries, Bundle? bundle, CancellationToken cancellationToken) => ResumeAsync(
        entries.Where(entry => bundle is null || bundle.JwtSigningKeys.Any(key => key.Kid == entry.Kid)).Select(Load).OfType<AuthoritySlot<JwtSigner>>(),
        cancellationToken);

    private protected override async Task MakeAsync(AuthoritySlot<JwtSigner> slot, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Log.Debug("Preparing JWT key", ("slot", slot.Id));
        using var key = _keys.Generate(KeyName(slot.Id), _kind);
        var signer = new JwtSigner(JwtSigner.DrawKeyId(), key);
        var notAfter = now + _life;
        await _bundles.AppendAsync(
            new Bundle
            {
                TrustDomainId = _trustDomain.Id.ToString(),
                JwtSigningKeys =
                {
                    new PublicKey { PkixBytes = ByteString.CopyFrom(signer.PublicKey.Span), Kid = signer.KeyId, NotAfter = notAfter.ToUnixTimeSeconds() },
                },
            },
            cancellationToken);
        slot.Fill(signer, signer.KeyId, now, notAfter, Status.Prepared);
        Log.Info("JWT key prepared", ("slot", slot.Id), ("issued_at", now), ("expiration", notAfter), ("local_authority_id", signer.KeyId));
    }

    private protected override void OnActivated(AuthoritySlot<JwtSigner> slot)
    {
        Log.Info("JWT key activated", ("slot", slot.Id), ("issued_at", slot.IssuedAt), ("expiration", slot.NotAfter), ("local_authority_id", slot.AuthorityId));
        _metrics.Increment("manager_jwt_key_activate");
        _activated(slot.Authority!, slot.NotAfter);
    }

    private protected override Task AppendAsync(AuthoritySlot<JwtSigner> slot, CancellationToken cancellationToken) =>
        _journal.AppendJwtAsync(slot, cancellationToken);

    private protected override Task SetStatusAsync(string authorityId, Status status, CancellationToken cancellationToken) =>
        _journal.SetJwtStatusAsync(authorityId, status, cancellationToken);

    private static string KeyName(string slotId) => $"JWT-Signer-{slotId}";

    private AuthoritySlot<JwtSigner>? Load(JWTKeyEntry entry)
    {
        if (entry.NotAfter < Time.GetUtcNow().ToUnixTimeSeconds())
        {
            return Unusable(entry, "slot expired");
        }

        using var key = _keys.Find(KeyName(entry.SlotId));
        if (key is null)
        {
            return Unusable(entry, "no key manager key");
        }

        if (!entry.PublicKey.Span.SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            return Unusable(entry, "public key does not match key manager key");
        }

        try
        {
            var slot = new AuthoritySlot<JwtSigner>(entry.SlotId);
            slot.Fill(
                new JwtSigner(entry.Kid, key),
                entry.AuthorityId,
                DateTimeOffset.FromUnixTimeSeconds(entry.IssuedAt),
                DateTimeOffset.FromUnixTimeSeconds(entry.NotAfter),
                entry.Status);
            return slot;
        }
        catch (CryptographicException error)
        {
            return Unusable(entry, error.Message);
        }
    }

    private AuthoritySlot<JwtSigner>? Unusable(JWTKeyEntry entry, string why)
    {
        Log.Warn("JWT key slot unusable", ("slot", entry.SlotId), ("status", entry.Status), ("local_authority_id", entry.AuthorityId), ("error", why));
        return null;
    }
}
