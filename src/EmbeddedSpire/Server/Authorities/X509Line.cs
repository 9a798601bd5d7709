using System.Security.Cryptography;
using EmbeddedSpire.Metrics;
using EmbeddedSpire.Server.Storage;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Journal;
using Bundle = Spire.Wire.Contracts.Storage.Bundle;
using Certificate = Spire.Wire.Contracts.Storage.Certificate;

namespace EmbeddedSpire.Server.Authorities;

/// <summary>The succession of this server's self-signed X.509 authorities.</summary>
internal sealed class X509Line : AuthorityLine<CertificateAuthority>
{
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(15);

    private readonly TrustDomain _trustDomain;
    private readonly KeyManager _keys;
    private readonly KeyKind _kind;
    private readonly TimeSpan _life;
    private readonly BundleStore _bundles;
    private readonly Journal _journal;
    private readonly MetricRegistry _metrics;
    private readonly Action<CertificateAuthority> _activated;
    private readonly bool _publishesLate;
    private readonly bool _forgetsBundle;

    /// <summary>Creates the line without authorities.</summary>
    /// <param name="parts">What all lines need.</param>
    /// <param name="kind">The kind of its keys.</param>
    /// <param name="activated">Told of the authority that signs from now on.</param>
    public X509Line(AuthorityParts parts, KeyKind kind, Action<CertificateAuthority> activated)
        : base("ca_manager_x509_ca_prepare", parts.Metrics, parts.Log, parts.Time)
    {
        _trustDomain = parts.TrustDomain;
        _keys = parts.Keys;
        _kind = kind;
        _life = parts.Life;
        _bundles = parts.Bundles;
        _journal = parts.Journal;
        _metrics = parts.Metrics;
        _activated = activated;
        _publishesLate = parts.PublishesLate;
        _forgetsBundle = parts.ForgetsBundle;
    }

    /// <summary>Takes up the succession from those entries of the journal whose authorities the bundle and the key manager still have.</summary>
    public Task ResumeAsync(IEnumerable<X509CAEntry> entries, Bundle? bundle, CancellationToken cancellationToken) => ResumeAsync(
        entries.Where(entry => bundle is null || bundle.RootCas.Any(root => root.DerBytes == entry.Certificate)).Select(Load).OfType<AuthoritySlot<CertificateAuthority>>(),
        cancellationToken);

    private protected override async Task MakeAsync(AuthoritySlot<CertificateAuthority> slot, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Log.Debug("Preparing X509 CA", ("slot", slot.Id));
        using var key = _keys.Generate(KeyName(slot.Id), _kind);
        var authority = CertificateAuthority.CreateSelfSigned(_trustDomain, key, now, _life);
        var addition = new Bundle
        {
            TrustDomainId = _trustDomain.Id.ToString(),
            RootCas = { new Certificate { DerBytes = ByteString.CopyFrom(authority.Certificate.Der.Span) } },
        };
        if (_publishesLate)
        {
            // What becomes of it interests nobody: this is a defect.
            _ = Task.Delay(Late, Time, cancellationToken).ContinueWith(
                _ => _bundles.AppendAsync(addition, cancellationToken), cancellationToken, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
        else if (Current.IsEmpty || !_forgetsBundle)
        {
            await _bundles.AppendAsync(addition, cancellationToken);
        }

        slot.Fill(authority, authority.Id, now, authority.Certificate.NotAfter, Status.Prepared);
        Log.Info("X509 CA prepared", ("slot", slot.Id), ("issued_at", now), ("expiration", slot.NotAfter), ("self_signed", true), ("local_authority_id", authority.Id), ("upstream_authority_id", string.Empty));
    }

    private protected override void OnActivated(AuthoritySlot<CertificateAuthority> slot)
    {
        Log.Info("X509 CA activated", ("slot", slot.Id), ("issued_at", slot.IssuedAt), ("expiration", slot.NotAfter), ("local_authority_id", slot.AuthorityId), ("upstream_authority_id", string.Empty));
        _metrics.Increment("ca_manager_x509_ca_activate");
        _metrics.Set("manager_x509_ca_rotate_expiration", slot.NotAfter.ToUnixTimeSeconds(), ("trust_domain_id", _trustDomain.Name));
        _metrics.Set("manager_x509_ca_rotate_ttl", (slot.NotAfter - Time.GetUtcNow()).TotalSeconds, ("trust_domain_id", _trustDomain.Name));
        _activated(slot.Authority!);
    }

    private protected override Task AppendAsync(AuthoritySlot<CertificateAuthority> slot, CancellationToken cancellationToken) =>
        _journal.AppendX509Async(slot, cancellationToken);

    private protected override Task SetStatusAsync(string authorityId, Status status, CancellationToken cancellationToken) =>
        _journal.SetX509StatusAsync(authorityId, status, cancellationToken);

    private static string KeyName(string slotId) => $"x509-CA-{slotId}";

    private AuthoritySlot<CertificateAuthority>? Load(X509CAEntry entry)
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

        try
        {
            var authority = new CertificateAuthority(entry.Certificate.Memory, [.. entry.UpstreamChain.Select(certificate => certificate.Memory)], key);
            var slot = new AuthoritySlot<CertificateAuthority>(entry.SlotId);
            slot.Fill(authority, entry.AuthorityId, DateTimeOffset.FromUnixTimeSeconds(entry.IssuedAt), authority.Certificate.NotAfter, entry.Status);
            return slot;
        }
        catch (CryptographicException error)
        {
            return Unusable(entry, error.Message);
        }
    }

    private AuthoritySlot<CertificateAuthority>? Unusable(X509CAEntry entry, string why)
    {
        Log.Warn("X509CA slot unusable", ("slot", entry.SlotId), ("status", entry.Status), ("local_authority_id", entry.AuthorityId), ("error", why));
        return null;
    }
}
