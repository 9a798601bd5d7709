using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Scenarios;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Tests.Digest;

public sealed class WordingTests
{
    [Theory]
    [InlineData(0, "0:00.0")]
    [InlineData(9.96, "0:10.0")]
    [InlineData(59.94, "0:59.9")]
    [InlineData(59.96, "1:00.0")]
    [InlineData(3_725.3, "62:05.3")]
    public void Moment_AnyTime_IsMinutesSecondsAndTenths(double seconds, string expected)
    {
        Wording.Moment(TimeSpan.FromSeconds(seconds)).Should().Be(expected);
    }

    [Theory]
    [InlineData(1, "100 %")]
    [InlineData(0.99999, "99.99 %")]
    [InlineData(0.999, "99.90 %")]
    [InlineData(0.29, "29.00 %")]
    [InlineData(0, "0.00 %")]
    public void Percent_AnyShare_NeverRoundsAFailureAway(double share, string expected)
    {
        Wording.Percent(share).Should().Be(expected);
    }

    [Theory]
    [InlineData("plain text, 名 and 🙂", "plain text, 名 and 🙂")]
    [InlineData("a\u001b[2Jb", "a\uFFFD[2Jb")]
    [InlineData("a\0b\u0007c\u009bd", "a\uFFFDb\uFFFDc\uFFFDd")]
    [InlineData("a\r\nb", "a\nb")]
    public void Printable_AnyText_HasOnlyWhatXmlAndTerminalsTake(string text, string expected)
    {
        Wording.Printable(text).Should().Be(expected);
    }

    [Fact]
    public void Printable_HalfACharacter_IsReplaced()
    {
        Wording.Printable("half " + '\uD83D' + " of it").Should().Be("half \uFFFD of it");
    }

    [Fact]
    public void Evidence_Finding_ListsOnlyWhatItHas()
    {
        var finding = new Finding { Kind = FindingKind.Objective, Name = "x", Verdict = Verdict.Fail, Statement = "y" };

        Wording.Evidence(finding).Should().BeEmpty();
        Wording.Evidence(finding with { Measured = "412ms", Limit = "≤ 250ms", Samples = 18_204, Window = new Window(new WindowName("steady"), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(90)) })
            .Should().Be("412ms, limit ≤ 250ms, 18,204 samples, steady 0:30.0–1:30.0");
    }

    [Fact]
    public void Failures_SameCount_AreInAFixedOrder()
    {
        Wording.Failures(new Dictionary<string, int> { ["b"] = 2, ["a"] = 2, ["c"] = 1_000 }).Should().Be("c 1,000, a 2, b 2");
    }
}
