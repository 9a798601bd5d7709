using System.Security.Cryptography;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Workload;
using Validation.Core.Loads;
using Validation.Core.Recording;

namespace Validation.Spire.Access;

/// <summary>Looks at an SVID that an operation was answered with: verifies it, records it, and says how the operation ended.</summary>
internal static class SvidAnswer
{
    /// <summary>Verifies an SVID by what the harness knows of all servers.</summary>
    /// <param name="load">The load's name.</param>
    /// <param name="svid">What the server signed; null when it said that it had and sent none.</param>
    /// <param name="expected">The SPIFFE id it must have.</param>
    /// <param name="publicKey">The key it must certify, as SubjectPublicKeyInfo in DER.</param>
    /// <param name="trust">What the harness knows.</param>
    /// <param name="svids">Where to record it.</param>
    /// <param name="cancellationToken">Ends the looking for unknown authorities.</param>
    public static async ValueTask<Outcome> JudgeAsync(
        string load,
        global::Spire.Wire.Contracts.Types.X509SVID? svid,
        SpiffeId expected,
        ReadOnlyMemory<byte> publicKey,
        TrustView trust,
        ISvidSink svids,
        CancellationToken cancellationToken)
    {
        if (svid is null)
        {
            return Outcome.Failed(Failures.WrongAnswer, "The server's answer has no SVID.");
        }

        IReadOnlyList<ReadOnlyMemory<byte>> chain = [.. svid.CertChain.Select(certificate => certificate.Memory)];
        return Judge(load, chain, expected, publicKey, await trust.VerifyAsync(chain, cancellationToken), svids);
    }

    /// <summary>Verifies an SVID of the Workload API the way a workload does: by the bundle that came with it, and with its own key.</summary>
    /// <param name="load">The load's name.</param>
    /// <param name="answer">What the agent answered.</param>
    /// <param name="expected">The SPIFFE id that the answer must contain.</param>
    /// <param name="at">The instant at which the SVID has to be valid.</param>
    /// <param name="svids">Where to record it.</param>
    public static Outcome Judge(string load, X509SVIDResponse answer, SpiffeId expected, DateTimeOffset at, ISvidSink svids)
    {
        var svid = answer.Svids.FirstOrDefault(svid => svid.SpiffeId == expected.ToString());
        if (svid is null)
        {
            return Outcome.Failed(Failures.WrongAnswer, $"The answer has no SVID for '{expected}'.");
        }

        try
        {
            var bundle = new TrustBundle
            {
                TrustDomain = expected.TrustDomain,
                X509Authorities = [.. DecodedCertificate.Split(svid.Bundle.Memory).Select(authority => new X509Authority(authority))],
            };
            var chain = DecodedCertificate.Split(svid.X509Svid.Memory);
            using var key = Keys.ReadPrivate(svid.X509SvidKey.Span);
            var verification = new SvidVerifier(bundle).Verify(chain, at);
            return Judge(load, chain, expected, key.ExportSubjectPublicKeyInfo(), verification, svids);
        }
        catch (CryptographicException error)
        {
            return Outcome.Failed(Failures.DoesNotVerify, error.Message);
        }
    }

    /// <summary>Takes an SVID of the harness' own.</summary>
    /// <param name="svid">What the server signed.</param>
    /// <param name="key">The key of the request.</param>
    /// <exception cref="WrongAnswerException">It is no SVID for this key.</exception>
    public static X509Svid Take(global::Spire.Wire.Contracts.Types.X509SVID? svid, ECDsa key)
    {
        try
        {
            return X509Svid.FromApi(svid ?? throw new FormatException("there is none"), key);
        }
        catch (Exception error) when (error is CryptographicException or FormatException)
        {
            throw new WrongAnswerException($"The server's SVID cannot be used: {error.Message}", error);
        }
    }

    /// <summary>Records an SVID that was verified and says how the operation ended.</summary>
    /// <param name="load">The load's name.</param>
    /// <param name="chain">The leaf, then intermediates, each in DER.</param>
    /// <param name="expected">The SPIFFE id it must have.</param>
    /// <param name="publicKey">The key it must certify, as SubjectPublicKeyInfo in DER.</param>
    /// <param name="verification">What the verification found.</param>
    /// <param name="svids">Where to record it.</param>
    public static Outcome Judge(
        string load,
        IReadOnlyList<ReadOnlyMemory<byte>> chain,
        SpiffeId expected,
        ReadOnlyMemory<byte> publicKey,
        SvidVerification verification,
        ISvidSink svids)
    {
        if (verification.Leaf is not { } leaf)
        {
            return Outcome.Failed(Failures.DoesNotVerify, verification.Detail);
        }

        var problem = verification switch
        {
            { IsValid: false } => verification.Detail,
            { Id: var id } when id != expected => $"It is for '{id}' and was asked for '{expected}'.",
            _ => leaf.PublicKey.Span.SequenceEqual(publicKey.Span) ? null : "It certifies another key than the one that was sent.",
        };
        var check = verification.IsValid && problem is not null ? SvidCheck.Wrong : TrustView.CheckOf(verification);
        var facts = new SvidFacts(leaf.NotBefore, leaf.NotAfter, leaf.SerialNumber, leaf.AuthorityKeyId ?? string.Empty);
        svids.Record(load, check, chain[0].Span, facts);
        return problem is null ? Outcome.Success : Outcome.Failed(Failures.DoesNotVerify, problem);
    }
}
