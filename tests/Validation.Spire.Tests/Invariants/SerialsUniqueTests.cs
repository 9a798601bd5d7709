using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Spire.Invariants;
using Validation.TestKit;

namespace Validation.Spire.Tests.Invariants;

public class SerialsUniqueTests
{
    [Fact]
    public void Judge_EachCertificateHasItsOwnSerial_Passes() => Judge(Svid("1", "aa", 1), Svid("2", "aa", 2)).Verdict.Should().Be(Verdict.Pass);

    [Fact]
    public void Judge_TheSameCertificateSeenTwice_Passes() =>
        Judge(Svid("1", "aa", 1), Svid("1", "aa", 1)).Should().Match<Finding>(finding => finding.Verdict == Verdict.Pass && finding.Samples == 1);

    [Fact]
    public void Judge_TheSameSerialOfTwoIssuers_Passes() => Judge(Svid("1", "aa", 1), Svid("1", "bb", 2)).Verdict.Should().Be(Verdict.Pass);

    [Fact]
    public void Judge_TwoCertificatesWithOneSerial_Fails() =>
        Judge(Svid("1", "aa", 1), Svid("1", "aa", 2)).Should().Match<Finding>(finding =>
            finding.Verdict == Verdict.Fail && finding.Statement == "Serial numbers that more than one certificate has: 1 of aa.");

    [Fact]
    public void Judge_NoSvids_IsInconclusive() => Judge().Verdict.Should().Be(Verdict.Inconclusive);

    private static IssuedSvid Svid(string serial, string issuer, ulong fingerprint) => new(1, 0, SvidCheck.Verified, 0, 3_600, serial, issuer, fingerprint);

    private static Finding Judge(params IssuedSvid[] svids)
    {
        var run = new HandmadeRecording().Load("fetch").Phase("a", 0, 60);
        foreach (var svid in svids)
        {
            run.Svid(svid);
        }

        return new SerialsUnique().Judge(run.Build());
    }
}
