using Google.Protobuf;

namespace Spire.Wire.Tests.Contracts;

public sealed class RecordedMessagesTests
{
    public static TheoryData<string> Conversations => [.. Recording.Conversations];

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Messages_ParsedAndWrittenAgainWithoutUnknownFields_HaveTheSameBytes(string conversation)
    {
        var messages = Recording.Read(conversation).Where(line => line.Type is not null).ToList();

        messages.Should().NotBeEmpty();
        foreach (var line in messages)
        {
            var parsed = Recording.ParserOf(line.Type!).WithDiscardUnknownFields(true).ParseFrom(line.Content);

            parsed.ToByteArray().Should().Equal(line.Content, "{0} in call {1} ({2}) was recorded so", line.Type, line.Call, line.Note);
        }
    }

    [Fact]
    public void Messages_WithAFieldThatTheContractsLack_AreNoticed()
    {
        var withUnknownField = new byte[] { 0x08, 0x05, 0x98, 0x06, 0x01 };

        var parsed = Recording.ParserOf("spire.api.server.entry.v1.CountEntriesResponse").WithDiscardUnknownFields(true).ParseFrom(withUnknownField);

        parsed.ToByteArray().Should().Equal(0x08, 0x05);
    }
}
