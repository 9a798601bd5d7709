using System.Net;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client.Lean;
using Validation.Core.Loads;
using Validation.Spire.Access;

namespace Validation.Spire.Agents;

/// <summary>
/// One virtual agent, which lives as SPIRE's does: it attests; syncs its entries and the bundle every interval; has SVIDs
/// signed for entries that are new or half over; attests anew when half of its own SVID's life is over; waits longer after
/// each failure. Every operation plans the one that follows.
/// </summary>
internal sealed class LivingAgent : IDisposable
{
    private readonly Population _population;
    private readonly NodeCertificate _node;
    private readonly Func<CancellationToken, ValueTask<Stream>> _dial;
    private readonly AgentLink _link;
    private readonly CallGate _gate = new();
    private readonly EntryCache _entries = new();
    private SvidVerifier _verifier;
    private Dice _dice;
    private Backoff _syncWaits;
    private Backoff _signWaits = AgentRhythm.AfterSign();
    private Backoff _rotationWaits = AgentRhythm.AfterRotation();
    private Life _life;
    private int _attestations;
    private int _lastDistrusted;
    private int _batch = AgentRhythm.LargestBatch;
    private bool _hasSaidItsVersion;
    private int _isSigning;
    private IOperationBook? _book;

    /// <summary>Creates the agent; nothing happens yet.</summary>
    /// <param name="population">What it shares with others.</param>
    /// <param name="node">The certificate of its node.</param>
    /// <param name="dice">Draws its jitter.</param>
    /// <param name="source">The address from which it connects; null for the workload node's own.</param>
    public LivingAgent(Population population, NodeCertificate node, Dice dice, IPAddress? source)
    {
        (_population, _node, _dice) = (population, node, dice);
        _verifier = population.Session.Trust.Verifier;
        _syncWaits = AgentRhythm.AfterSync(population.SyncInterval);
        _dial = cancellationToken => population.DialAsync(source, cancellationToken);
        _link = new AgentLink(identity => population.ConnectionFor(identity, _verifier, _dial));
    }

    private IOperationBook Book => _book ?? throw new InvalidOperationException("The agent's life has not begun.");

    private DateTimeOffset Now => _population.Site.Time.GetUtcNow();

    /// <summary>Begins the life.</summary>
    /// <param name="book">Fires what the agent plans.</param>
    /// <param name="at">When it attests.</param>
    public void Begin(IOperationBook book, TimeSpan at)
    {
        _book = book;
        Plan(AgentOperation.Attest, at);
    }

    /// <inheritdoc/>
    public void Dispose() => _link.Dispose();

    private void Plan(AgentOperation operation, TimeSpan due) => Book.Plan((int)operation, due, operation switch
    {
        AgentOperation.Attest => AttestAsync,
        AgentOperation.Sync => SyncAsync,
        AgentOperation.Sign => SignAsync,
        _ => RenewAsync,
    });

    private async ValueTask<Outcome> AttestAsync(Operation operation, CancellationToken cancellationToken)
    {
        var outcome = await NewIdentityAsync(AgentOperation.Attest, operation, cancellationToken);
        Plan(
            outcome.Succeeded ? AgentOperation.Sync : AgentOperation.Attest,
            outcome.Succeeded ? Book.Now : Book.Now + _rotationWaits.Next(ref _dice));
        return outcome;
    }

    private async ValueTask<Outcome> RenewAsync(Operation operation, CancellationToken cancellationToken)
    {
        var outcome = await NewIdentityAsync(AgentOperation.Renew, operation, cancellationToken);
        if (!outcome.Succeeded)
        {
            var attestation = _attestations;
            Book.Remind(Book.Now + _rotationWaits.Next(ref _dice), () => RenewIfNobodyDid(attestation));
        }

        return outcome;
    }

    /// <summary>Attests, for the first time or again: agents whose attestation can be repeated do not renew in another way.</summary>
    private async Task<Outcome> NewIdentityAsync(AgentOperation kind, Operation operation, CancellationToken cancellationToken)
    {
        try
        {
            await _gate.CloseAsync(cancellationToken);
            try
            {
                return await AttestAsync(AgentOperations.StreamOf(_population.Load, kind), operation, cancellationToken);
            }
            finally
            {
                _gate.Open();
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return AgentFailures.Of(failure, cancellationToken);
        }
    }

    private async Task<Outcome> AttestAsync(string stream, Operation operation, CancellationToken cancellationToken)
    {
        var session = _population.Session;
        using var key = Keys.Create();
        using var channel = session.Connector.ForAttestation(_dial);
        var svid = await Attestation.AttestAsync(
            channel, _node, SigningRequest.ForAgent(key), _population.Load.Timeout, operation.Answered, cancellationToken);
        var outcome = await SvidAnswer.JudgeAsync(
            stream,
            svid,
            SpiffeId.Of(session.Trust.TrustDomain, _node.AgentPath),
            key.ExportSubjectPublicKeyInfo(),
            session.Trust,
            _population.Site.Svids,
            cancellationToken);
        var identity = SvidAnswer.Take(svid, key);
        _life = new Life(identity.Leaf.NotBefore, identity.Leaf.NotAfter);
        _link.Show(identity);
        _rotationWaits.Reset();
        var attestation = ++_attestations;
        Book.Remind(Book.Now + AgentRhythm.UntilFirstCheck(_life, Now), () => RenewIfDue(attestation));
        return outcome;
    }

    private void RenewIfDue(int attestation)
    {
        if (attestation != _attestations)
        {
            return;
        }

        if (AgentRhythm.IsDue(_life, Now, ref _dice))
        {
            Plan(AgentOperation.Renew, Book.Now);
        }
        else
        {
            Book.Remind(Book.Now + AgentRhythm.RotationCheck, () => RenewIfDue(attestation));
        }
    }

    // It may have been told to attest again meanwhile.
    private void RenewIfNobodyDid(int attestation)
    {
        if (attestation == _attestations)
        {
            Plan(AgentOperation.Renew, Book.Now);
        }
    }

    private async ValueTask<Outcome> SyncAsync(Operation operation, CancellationToken cancellationToken)
    {
        var outcome = await CallAsync(
            async connection =>
            {
                await SayVersionAsync(connection, cancellationToken);
                await _entries.SyncAsync(connection, _population.CallOptions, cancellationToken);
                var bundle = await connection.CallAsync(BundleMethods.GetBundle, new GetBundleRequest(), _population.CallOptions, cancellationToken);
                operation.Answered();
                _verifier = _population.Bundles.VerifierFor(bundle);
                Distrust(bundle);
                return Outcome.Success;
            },
            cancellationToken);
        if (outcome.Succeeded)
        {
            _syncWaits.Reset();
            Plan(AgentOperation.Sync, Book.Now + AgentRhythm.Around(_population.SyncInterval, ref _dice));
            SignSoon(Book.Now);
        }
        else if (AgentFailures.MustAttest(outcome.Failure))
        {
            Plan(AgentOperation.Attest, Book.Now);
        }
        else if (outcome.Failure == AgentFailures.Banned)
        {
            // SPIRE's agent exits, and whoever supervises it starts it again.
            Plan(AgentOperation.Attest, Book.Now + _rotationWaits.Next(ref _dice));
        }
        else
        {
            // An agent that can serve nobody does not become more patient.
            var wait = _entries.HasSvids ? _syncWaits.Next(ref _dice) : AgentRhythm.Around(_population.SyncInterval, ref _dice);
            Plan(AgentOperation.Sync, Book.Now + wait);
        }

        return outcome;
    }

    /// <summary>Replaces what a tainted authority has signed: SVIDs with the next signatures, the agent's own by attesting again.</summary>
    private void Distrust(Bundle bundle)
    {
        var tainted = bundle.X509Authorities.Where(authority => authority.Tainted)
            .Select(authority => DecodedCertificate.Decode(authority.Asn1.Memory).SubjectKeyId ?? string.Empty)
            .ToHashSet();
        _entries.Distrust(tainted);
        if (_lastDistrusted != _attestations && _link.Identity?.Leaf.AuthorityKeyId is { } signer && tainted.Contains(signer))
        {
            _lastDistrusted = _attestations;
            Plan(AgentOperation.Renew, Book.Now);
        }
    }

    /// <summary>Tells the server its version once, before the first sync. SPIRE's agent only logs when that fails.</summary>
    private async Task SayVersionAsync(GrpcConnection connection, CancellationToken cancellationToken)
    {
        if (_hasSaidItsVersion)
        {
            return;
        }

        _hasSaidItsVersion = true;
        try
        {
            var status = new PostStatusRequest { AgentVersion = AgentOperations.Version };
            await connection.CallAsync(AgentMethods.PostStatus, status, _population.CallOptions, cancellationToken);
        }
        catch (GrpcException)
        {
            // What is wrong with the server or the connection shows in the sync.
        }
    }

    /// <summary>Plans a signature when an entry needs one and none is planned or under way.</summary>
    private void SignSoon(TimeSpan due)
    {
        if (_entries.Stale(Now, ref _dice, most: 1).Count > 0 && Interlocked.Exchange(ref _isSigning, 1) == 0)
        {
            Plan(AgentOperation.Sign, due);
        }
    }

    private async ValueTask<Outcome> SignAsync(Operation operation, CancellationToken cancellationToken)
    {
        var outcome = await CallAsync(connection => SignAsync(connection, operation, cancellationToken), cancellationToken);
        Volatile.Write(ref _isSigning, 0);
        if (outcome.Succeeded)
        {
            _signWaits.Reset();
            _batch = Math.Min(AgentRhythm.LargestBatch, _batch * 2);
        }
        else
        {
            _batch = Math.Max(1, _batch / 2);
        }

        SignSoon(Book.Now + (outcome.Succeeded ? AgentRhythm.SignCheck : _signWaits.Next(ref _dice)));
        return outcome;
    }

    private async Task<Outcome> SignAsync(GrpcConnection connection, Operation operation, CancellationToken cancellationToken)
    {
        var wanted = _entries.Stale(Now, ref _dice, _batch);
        var keys = wanted.Select(_ => Keys.Create()).ToArray();
        try
        {
            var request = new BatchNewX509SVIDRequest();
            request.Params.AddRange(wanted.Zip(keys, (entry, key) => new NewX509SVIDParams
            {
                EntryId = entry.Id,
                Csr = UnsafeByteOperations.UnsafeWrap(SigningRequest.ForWorkload(key, entry.SpiffeId)),
            }));
            var response = await connection.CallAsync(SvidMethods.BatchNewX509SVID, request, _population.CallOptions, cancellationToken);
            operation.Answered();
            if (response.Results.Count != wanted.Count)
            {
                throw new WrongAnswerException($"The server gave {response.Results.Count} results for {wanted.Count} requests.");
            }

            var outcome = Outcome.Success;
            for (var i = 0; i < wanted.Count; i++)
            {
                var judged = await JudgeAsync(wanted[i], response.Results[i], keys[i].ExportSubjectPublicKeyInfo(), cancellationToken);
                outcome = outcome.Succeeded ? judged : outcome;
            }

            return outcome;
        }
        finally
        {
            Array.ForEach(keys, key => key.Dispose());
        }
    }

    private async ValueTask<Outcome> JudgeAsync(
        CachedEntry entry, BatchNewX509SVIDResponse.Types.Result result, ReadOnlyMemory<byte> publicKey, CancellationToken cancellationToken)
    {
        if (result.Status is { Code: not (int)StatusCode.OK } refusal)
        {
            return Failures.Of(refusal);
        }

        var outcome = await SvidAnswer.JudgeAsync(
            AgentOperations.StreamOf(_population.Load, AgentOperation.Sign),
            result.Svid,
            entry.SpiffeId,
            publicKey,
            _population.Session.Trust,
            _population.Site.Svids,
            cancellationToken);
        if (outcome.Succeeded)
        {
            var leaf = DecodedCertificate.Decode(result.Svid.CertChain[0].Memory);
            (entry.Life, entry.Authority, entry.IsStale) = (new Life(leaf.NotBefore, leaf.NotAfter), leaf.AuthorityKeyId, false);
        }

        return outcome;
    }

    /// <summary>Makes calls once no attestation holds them up, and turns whatever goes wrong into an outcome.</summary>
    private async Task<Outcome> CallAsync(Func<GrpcConnection, Task<Outcome>> calls, CancellationToken cancellationToken)
    {
        try
        {
            await _gate.EnterAsync(cancellationToken);
            try
            {
                return await _link.UseAsync(calls, cancellationToken);
            }
            finally
            {
                _gate.Leave();
            }
        }
        catch (FormatException error)
        {
            return Outcome.Failed(Failures.WrongAnswer, error.Message);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return AgentFailures.Of(failure, cancellationToken);
        }
    }
}
