using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Spire.Invariants;
using Validation.TestKit;

namespace Validation.Spire.Tests.Invariants;

public class SvidsVerifyTests
{
    [Fact]
    public void Judge_EveryServerHasTheAuthority_Passes() =>
        Judge(Run().Event(1, Bundle("spire-server-1", "aa")).Event(1, Bundle("spire-server-2", "aa", "bb")).Event(60, Bundle("spire-server-1", "aa")).Event(60, Bundle("spire-server-2", "aa"))
            .Svid(Svid(10, "aa"))).Verdict.Should().Be(Verdict.Pass);

    [Fact]
    public void Judge_OneServerNeverLearnsTheAuthority_Fails()
    {
        var finding = Judge(Run().Event(1, Bundle("spire-server-1", "aa")).Event(1, Bundle("spire-server-2", "bb")).Event(60, Bundle("spire-server-1", "aa")).Event(60, Bundle("spire-server-2", "bb"))
            .Svid(Svid(10, "aa")));

        finding.Verdict.Should().Be(Verdict.Fail);
        finding.Statement.Should().Be("The bundle of spire-server-2 did not have the authority aa at 12.50s; its first SVID was received at 10s.");
    }

    [Theory]
    [InlineData(12.4, Verdict.Pass)]
    [InlineData(12.6, Verdict.Fail)]
    public void Judge_AServerThatLearnsLate_HasTwoAndAHalfSeconds(double learnsAt, Verdict verdict) =>
        Judge(Run().Event(1, Bundle("spire-server-1", "bb")).Event(learnsAt, Bundle("spire-server-1", "bb", "aa")).Event(60, Bundle("spire-server-1", "bb", "aa"))
            .Svid(Svid(10, "aa"))).Verdict.Should().Be(verdict);

    [Fact]
    public void Judge_AnAuthorityThatLeavesABundleAgain_Fails() =>
        Judge(Run().Event(1, Bundle("spire-server-1", "aa")).Event(40, Bundle("spire-server-1", "bb")).Event(60, Bundle("spire-server-1", "bb")).Svid(Svid(10, "aa")))
            .Verdict.Should().Be(Verdict.Fail);

    [Theory]
    [InlineData(39, Verdict.Pass)]
    [InlineData(41, Verdict.Fail)]
    public void Judge_AnAuthorityThatIsTaintedAndRevoked_MayLeaveWhenItsSvidsAreGone(double lastReceived, Verdict verdict) =>
        Judge(Run().Event(1, Bundle("spire-server-1", "aa", "bb")).Event(30, Bundle("spire-server-1", "aa", "bb") with { Tainted = ["aa"] })
            .Event(40, Bundle("spire-server-1", "bb")).Event(60, Bundle("spire-server-1", "bb"))
            .Svid(Svid(10, "aa")).Svid(Svid(lastReceived, "aa"))).Verdict.Should().Be(verdict);

    [Fact]
    public void Judge_AnSvidThatIsWrong_Fails() =>
        Judge(Run().Event(1, Bundle("spire-server-1", "aa")).Svid(Svid(10, "aa") with { Check = SvidCheck.Wrong }))
            .Statement.Should().Be("1 SVIDs have a wrong signature, SPIFFE id, usage or life.");

    [Fact]
    public void Judge_NoSvids_IsInconclusive() => Judge(Run().Event(1, Bundle("spire-server-1", "aa"))).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Judge_NoBundles_IsInconclusive() => Judge(Run().Svid(Svid(10, "aa"))).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Judge_OneOfTheServersWasNotAskedLateEnough_IsInconclusiveAndNamesIt() =>
        Judge(Run().Event(1, Bundle("spire-server-1", "aa")).Event(1, Bundle("spire-server-2", "bb")).Event(60, Bundle("spire-server-1", "aa"))
            .Svid(Svid(10, "aa"))).Should().Match<Finding>(finding =>
                finding.Verdict == Verdict.Inconclusive && finding.Statement.StartsWith("The bundle of spire-server-2"));

    [Fact]
    public void Judge_NoServerWasAskedLateEnough_IsInconclusive() =>
        Judge(Run().Event(1, Bundle("spire-server-1", "bb")).Svid(Svid(10, "aa"))).Verdict.Should().Be(Verdict.Inconclusive);

    private static BundleSeen Bundle(string server, params string[] authorities) => new(server, authorities);

    private static IssuedSvid Svid(double atSeconds, string issuer) => new((long)(atSeconds * 1e9), 0, SvidCheck.Verified, 0, 3_600, "1", issuer, 1);

    private static HandmadeRecording Run() => new HandmadeRecording().Load("fetch").Phase("a", 0, 60);

    private static Finding Judge(HandmadeRecording run) => new SvidsVerify().Judge(run.Build());
}
