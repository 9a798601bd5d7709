using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace Spire.Wire.Tests.Grpc;

public sealed class HeaderTests
{
    [Theory]
    [InlineData(0.0001, "1u")]
    [InlineData(1, "1000u")]
    [InlineData(99_999.999, "99999999u")]
    [InlineData(100_000, "100000m")]
    [InlineData(100_000.0005, "100001m")]
    [InlineData(99_999_999, "99999999m")]
    [InlineData(100_000_000, "100000S")]
    public void Timeout_IsWrittenInTheFinestUnitThatHasRoom_RoundedUp(double milliseconds, string expected)
    {
        TimeoutHeader.Format(TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond))).Should().Be(expected);
    }

    [Fact]
    public void Timeout_OfAnyLength_CanBeWrittenAndReadBack()
    {
        foreach (var timeout in new[] { TimeSpan.FromTicks(1), TimeSpan.FromDays(3), TimeSpan.FromDays(3_000), TimeSpan.FromDays(3_000_000) })
        {
            TimeoutHeader.TryParse(TimeoutHeader.Format(timeout), out var read).Should().BeTrue();
            read.Should().BeGreaterThanOrEqualTo(timeout);
        }
    }

    [Theory]
    [InlineData("4997087u", 4997.087)]
    [InlineData("999n", 0.0009)]
    [InlineData("3S", 3_000)]
    [InlineData("2M", 120_000)]
    [InlineData("1H", 3_600_000)]
    public void Timeout_OfEveryUnit_IsRead(string text, double milliseconds)
    {
        TimeoutHeader.TryParse(text, out var timeout).Should().BeTrue();
        timeout.Ticks.Should().Be((long)(milliseconds * TimeSpan.TicksPerMillisecond));
    }

    [Theory]
    [InlineData("")]
    [InlineData("u")]
    [InlineData("5")]
    [InlineData("5s")]
    [InlineData("-5S")]
    [InlineData("1.5S")]
    [InlineData("123456789S")]
    public void Timeout_OfAnotherForm_IsRefused(string text)
    {
        TimeoutHeader.TryParse(text, out _).Should().BeFalse();
    }

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("100 %", "100 %25")]
    [InlineData("line\nbreak", "line%0Abreak")]
    [InlineData("größer", "gr%C3%B6%C3%9Fer")]
    public void Message_IsPercentEncoded(string text, string encoded)
    {
        PercentEncoding.Encode(text).Should().Be(encoded);
        PercentEncoding.Decode(encoded).Should().Be(text);
    }

    [Theory]
    [InlineData("50%", "50%")]
    [InlineData("50%zz", "50%zz")]
    [InlineData("%e4%41", "�A")]
    public void Message_WithErrorsInItsEncoding_StaysReadable(string encoded, string text)
    {
        PercentEncoding.Decode(encoded).Should().Be(text);
    }

    [Fact]
    public void RecordedRefusals_GiveTheReasonsThatSpireNoted()
    {
        var reasons = new Dictionary<PermissionDeniedDetails.Types.Reason, int>();
        foreach (var line in Recording.Conversations.SelectMany(Recording.Read).Where(line => line.Details is not null))
        {
            var status = StatusHeaders.Parse($"{line.Status}", PercentEncoding.Encode(line.Message!), line.Details!.TrimEnd('='));

            status.Code.Should().Be(StatusCode.PermissionDenied);
            status.Message.Should().Be(line.Message);
            status.TryGetDetail<PermissionDeniedDetails>(out var detail).Should().BeTrue();
            reasons[detail!.Reason] = reasons.GetValueOrDefault(detail.Reason) + 1;
            StatusHeaders.Format(status).Last().Should().Be(new KeyValuePair<string, string>(StatusHeaders.Details, line.Details.TrimEnd('=')));
        }

        reasons.Keys.Should().BeEquivalentTo([
            PermissionDeniedDetails.Types.Reason.AgentNotAttested, PermissionDeniedDetails.Types.Reason.AgentNotActive,
            PermissionDeniedDetails.Types.Reason.AgentBanned, PermissionDeniedDetails.Types.Reason.AgentMustReattest,
        ]);
    }

    [Theory]
    [InlineData("0", StatusCode.OK)]
    [InlineData("16", StatusCode.Unauthenticated)]
    [InlineData("17", StatusCode.Unknown)]
    [InlineData("five", StatusCode.Unknown)]
    public void Status_OfAnyNumber_IsRead(string code, StatusCode expected)
    {
        StatusHeaders.Parse(code, "why", "not base64!").Code.Should().Be(expected);
    }

    [Theory]
    [InlineData("Upper", "x")]
    [InlineData("white space", "x")]
    [InlineData("grpc-status", "0")]
    [InlineData("te", "trailers")]
    [InlineData("bytes-bin", "x")]
    [InlineData("key", "line\nbreak")]
    [InlineData("", "x")]
    public void Metadata_ThatHttpCannotCarry_IsRefused(string key, string value)
    {
        var add = () => new Metadata().Add(key, value);

        add.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void EmptyMetadata_StaysEmpty()
    {
        var add = () => Metadata.Empty.Add("key", "value");

        add.Should().Throw<InvalidOperationException>();
    }
}
