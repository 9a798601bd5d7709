using Validation.Spire.Benching;

namespace Validation.Spire.Tests.Benching;

public sealed class ResultTests
{
    [Fact]
    public void Client_Ratio_IsTheMedianOfTheRoundsAndNotOfTheirSums()
    {
        var result = new ClientResult(Secure: false, InFlight: 100, Calls: 1, [Round(2, 4), Round(10, 10), Round(1, 3)]);

        result.ChannelRatio.Should().Be(2);
        result.H2LoadMicroseconds.Should().Be(2);
    }

    [Fact]
    public void Attest_Bare_IsAHandshakeTwoVerificationsAndASignature()
    {
        var round = new AttestRound(1_000, new OpenSsl(SignMicroseconds: 20, VerifyMicroseconds: 40, HandshakeMicroseconds: 400));

        round.BareMicroseconds.Should().Be(500);
        var result = new AttestResult(1, [round]);
        (result.Ratio, result.PerProcessorSecond, result.BarePerProcessorSecond).Should().Be((2, 1_000, 2_000));
    }

    [Fact]
    public void Soak_Growth_IsTheLastThirdBesideTheSecond()
    {
        var result = new SoakResult(5_000, TimeSpan.FromSeconds(9), Calls: 45_000, Failed: 0, [10, 50, 90, 100, 100, 400, 110, 110, 1]);

        (result.BytesBefore, result.BytesAfter, result.Growth).Should().Be((100, 110, 1.1));
    }

    private static ClientRound Round(double h2load, double channel) => new(h2load, new CallCost(channel, 0), new CallCost(channel, 0));
}
