using EmbeddedSpire.Logging;

namespace EmbeddedSpire.Tests.Logging;

public sealed class LogSinkTests : IDisposable
{
    private readonly StringWriter _text = new();

    public void Dispose() => _text.Dispose();

    [Fact]
    public void Write_Text_LooksLikeSpires()
    {
        Logger(new LogSettings()).For("ca_manager").With("slot", "A").Info("X509 CA activated", ("upstream_authority_id", ""), ("local_authority_id", "abc"));

        _text.ToString().Should().Be(
            "time=\"2026-11-20T12:00:00Z\" level=info msg=\"X509 CA activated\" local_authority_id=abc slot=A subsystem_name=ca_manager upstream_authority_id=\n");
    }

    [Fact]
    public void Write_QuotesAndLineEnds_AreEscaped()
    {
        Logger(new LogSettings()).Error("a \"b\"\n\\c");

        _text.ToString().Should().EndWith("level=error msg=\"a \\\"b\\\"\\n\\\\c\"\n");
    }

    [Fact]
    public void Write_Json_IsOneObjectALine()
    {
        Logger(new LogSettings { IsJson = true }).Warn("careful", ("ttl", TimeSpan.FromHours(1)));

        _text.ToString().Should().Be("{\"level\":\"warning\",\"msg\":\"careful\",\"time\":\"2026-11-20T12:00:00Z\",\"ttl\":\"1h0m0s\"}\n");
    }

    [Fact]
    public void Write_BelowTheLevel_IsNothing()
    {
        Logger(new LogSettings { Level = LogLevel.Warning }).Info("unheard");

        _text.ToString().Should().BeEmpty();
    }

    private Logger Logger(LogSettings settings) => new(new LogSink(_text, settings, new ManualClock()));
}
