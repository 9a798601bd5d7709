using Spire.Wire.Certificates;
using Validation.Core.Loads;
using Validation.Core.Recording;

namespace Validation.Spire.Access;

/// <summary>Looks at an SVID that an operation was answered with: verifies it, records it, and says how the operation ended.</summary>
internal static class SvidAnswer
{
    /// <summary>Verifies an SVID by what the harness knows of all servers.</summary>
    /// <param name="load">The load's name.</param>
    /// <param name="chain">The leaf, then intermediates, each in DER.</param>
    /// <param name="expected">The SPIFFE id it must have.</param>
    /// <param name="publicKey">The key it must certify, as SubjectPublicKeyInfo in DER.</param>
    /// <param name="trust">What the harness knows.</param>
    /// <param name="svids">Where to record it.</param>
    /// <param name="cancellationToken">Ends the looking for unknown authorities.</param>
    public static async ValueTask<Outcome> JudgeAsync(
        string load,
        IReadOnlyList<ReadOnlyMemory<byte>> chain,
        SpiffeId expected,
        ReadOnlyMemory<byte> publicKey,
        TrustView trust,
        ISvidSink svids,
        CancellationToken cancellationToken) =>
        Judge(load, chain, expected, publicKey, await trust.VerifyAsync(chain, cancellationToken), svids);

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
