using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Spire.Invariants;

/// <summary>Every SVID that was received verifies against the bundle of every server, two seconds after it was received and later.</summary>
/// <remarks>
/// Two seconds: a server serves a copy of the shared bundle that is up to one second old, and a server that starts for
/// the first time signs with an authority that the others have yet to read. The witness looks twice a second. An authority
/// that was tainted is about to be revoked, so it may leave the bundles once no SVID of it is received any more.
/// </remarks>
internal sealed class SvidsVerify : IInvariant
{
    private static readonly TimeSpan Propagation = TimeSpan.FromSeconds(2.5);

    /// <inheritdoc/>
    public string Name => "svid-verifies";

    /// <inheritdoc/>
    public string Statement => "Every SVID verifies against the bundle of every server.";

    /// <inheritdoc/>
    public IReadOnlyList<string> FedBy => DriverNames.ReceivingSvids;

    /// <inheritdoc/>
    public Finding Judge(RunRecording recording)
    {
        var finding = new Finding { Kind = FindingKind.Invariant, Name = Name, Verdict = Verdict.Inconclusive, Statement = "No SVID was received.", Samples = recording.Svids.Count };
        if (recording.Svids.Count == 0)
        {
            return finding;
        }

        var wrong = recording.Svids.Count(svid => svid.Check == SvidCheck.Wrong);
        if (wrong > 0)
        {
            return finding with { Verdict = Verdict.Fail, Statement = $"{wrong} SVIDs have a wrong signature, SPIFFE id, usage or life." };
        }

        var bundles = recording.Facts<BundleSeen>().GroupBy(seen => seen.Fact.Server).ToArray();
        if (bundles.Length == 0)
        {
            return finding with { Statement = "No server's bundle could be read, so nothing can be compared." };
        }

        var tainted = recording.Facts<BundleSeen>().SelectMany(seen => seen.Fact.Tainted).ToHashSet();
        var issuers = recording.Svids
            .GroupBy(svid => svid.Issuer)
            .Select(group => new Issuer(
                group.Key,
                TimeSpan.FromMicroseconds(group.Min(svid => svid.AtNs) / 1_000.0),
                tainted.Contains(group.Key) ? TimeSpan.FromMicroseconds(group.Max(svid => svid.AtNs) / 1_000.0) : TimeSpan.MaxValue))
            .ToArray();
        var comparisons = bundles
            .SelectMany(server => Compare(server.Key, [.. server.Select(seen => (seen.At, seen.Fact.Authorities))], issuers))
            .ToArray();
        var unknown = comparisons.OfType<Lacking>().ToArray();
        var notCompared = recording.Plan.Nodes
            .Where(node => node.StartsWith(Roles.SpireServer + "-", StringComparison.Ordinal))
            .Union(bundles.Select(server => server.Key))
            .Except(bundles.Where(server => issuers.All(issuer => issuer.First + Propagation <= server.Last().At)).Select(server => server.Key))
            .ToArray();
        return (comparisons.Length, unknown.Length) switch
        {
            (0, _) => finding with { Statement = "No server's bundle was read late enough to be compared." },
            (_, 0) when notCompared.Length > 0 => finding with { Statement = $"The bundle of {string.Join(", ", notCompared)} was not read late enough to be compared." },
            (_, 0) => finding with
            {
                Verdict = Verdict.Pass,
                Statement = $"{recording.Svids.Count} SVIDs of {issuers.Length} authorities verify against the bundles of {string.Join(", ", bundles.Select(server => server.Key))}.",
            },
            _ => finding with { Verdict = Verdict.Fail, Statement = string.Join(" ", unknown.Select(lacking => lacking.Sentence)) },
        };
    }

    /// <summary>Compares what one server had with the authorities that it should have had. Leaves out what it was not asked late enough for.</summary>
    private static IEnumerable<Comparison> Compare(
        string server, IReadOnlyList<(TimeSpan At, IReadOnlyList<string> Authorities)> seen, IEnumerable<Issuer> issuers)
    {
        foreach (var (issuer, first, until) in issuers.Where(issuer => issuer.First + Propagation <= seen[^1].At))
        {
            // What the server had when the authority was due, and everything that it had afterwards.
            var due = first + Propagation;
            var looks = seen.Where(look => look.At > due).Select(look => (look.At, look.Authorities));
            if (seen.Any(look => look.At <= due))
            {
                looks = looks.Prepend((due, seen.Last(look => look.At <= due).Authorities));
            }

            var lacking = looks.Where(look => look.At <= until && !look.Authorities.Contains(issuer)).Select(look => (TimeSpan?)look.At).FirstOrDefault();
            yield return lacking is null
                ? new Comparison()
                : new Lacking($"The bundle of {server} did not have the authority {issuer} at {Duration.Format(lacking.Value)}; its first SVID was received at {Duration.Format(first)}.");
        }
    }

    /// <summary>An authority whose SVIDs were received.</summary>
    /// <param name="Id">Its subject key identifier.</param>
    /// <param name="First">When its first SVID was received.</param>
    /// <param name="Until">How long every bundle has to have it.</param>
    private sealed record Issuer(string Id, TimeSpan First, TimeSpan Until);

    private record Comparison;

    private sealed record Lacking(string Sentence) : Comparison;
}
