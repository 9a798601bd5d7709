using System.Net;
using Validation.Environments.Local.Network;

namespace Validation.Environments.Tests.Local.Network;

public sealed class LookUpProbeTests
{
    private static readonly IPAddress Address = IPAddress.Parse("10.77.0.5");
    private static readonly byte[] Question = LookUpProbe.Question(0x1234, "pooler-1.internal");

    [Fact]
    public void Question_OfAName_IsAsInTheStandard() =>
        Convert.ToHexStringLower(Question).Should().Be("123401000001000000000000" + "08706f6f6c65722d31" + "08696e7465726e616c" + "00" + "00010001");

    [Fact]
    public void IsAnswer_TheAddressOfTheName_IsOne() => LookUpProbe.IsAnswer(Answer(), Question, Address).Should().BeTrue();

    [Theory]
    [InlineData(0, 0x99, "it answers another question")]
    [InlineData(2, 0x01, "it is a question itself")]
    [InlineData(3, 0x82, "the server has failed")]
    [InlineData(3, 0x85, "the server refuses")]
    [InlineData(7, 0x00, "it has no address")]
    [InlineData(14, 0x78, "it is about another name")]
    [InlineData(-1, 0x06, "it is another address")]
    public void IsAnswer_AnythingElse_IsNone(int place, byte value, string why)
    {
        var answer = Answer();
        answer[place < 0 ? ^1 : place] = value;

        LookUpProbe.IsAnswer(answer, Question, Address).Should().BeFalse(why);
    }

    [Fact]
    public void IsAnswer_TheQuestionSentBack_IsNone() => LookUpProbe.IsAnswer(Question, Question, Address).Should().BeFalse();

    private static byte[] Answer() =>
        [0x12, 0x34, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. Question[12..], 0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, .. Address.GetAddressBytes()];
}
