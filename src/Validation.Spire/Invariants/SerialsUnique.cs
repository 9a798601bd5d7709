using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;

namespace Validation.Spire.Invariants;

/// <summary>No two different certificates have the same issuer and serial number.</summary>
internal sealed class SerialsUnique : IInvariant
{
    /// <inheritdoc/>
    public string Name => "serial-unique";

    /// <inheritdoc/>
    public string Statement => "No two certificates have the same issuer and serial number.";

    /// <inheritdoc/>
    public IReadOnlyList<string> FedBy => DriverNames.ReceivingSvids;

    /// <inheritdoc/>
    public Finding Judge(RunRecording recording)
    {
        var certificates = recording.Svids.Select(svid => (svid.Issuer, svid.Serial, svid.Fingerprint)).Distinct().ToArray();
        var doubled = certificates
            .GroupBy(certificate => (certificate.Issuer, certificate.Serial))
            .Where(group => group.Count() > 1)
            .Select(group => $"{group.Key.Serial} of {group.Key.Issuer}")
            .ToArray();
        return new Finding
        {
            Kind = FindingKind.Invariant,
            Name = Name,
            Samples = certificates.Length,
            Verdict = (certificates.Length, doubled.Length) switch
            {
                (0, _) => Verdict.Inconclusive,
                (_, 0) => Verdict.Pass,
                _ => Verdict.Fail,
            },
            Statement = (certificates.Length, doubled.Length) switch
            {
                (0, _) => "No SVID was received.",
                (_, 0) => $"{certificates.Length} certificates, each with a serial number of its own.",
                _ => $"Serial numbers that more than one certificate has: {string.Join(", ", doubled.Take(5))}{(doubled.Length > 5 ? " …" : string.Empty)}.",
            },
        };
    }
}
