using System.Text;
using EmbeddedSpire.Agent;
using EmbeddedSpire.Agent.Storage;
using EmbeddedSpire.Tests.Agent.Scripted;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Tests.Agent.Storage;

public sealed class AgentDataTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void AgentData_StoredAndOpenedAgain_IsTheSame()
    {
        var certificate = NewCertificate();
        var data = AgentData.Open(_directory.Path);
        data.StoreSvid([certificate], reattestable: true);
        data.StoreBundle([certificate, NewCertificate()]);

        var again = AgentData.Open(_directory.Path);

        again.Svid.Should().ContainSingle().Which.ToArray().Should().Equal(certificate.ToArray());
        again.Bundle.Should().HaveCount(2);
        again.Reattestable.Should().BeTrue();
    }

    [Fact]
    public void AgentData_WrittenByRealSpire_IsRead()
    {
        // The form that was recorded of a real agent that had been evicted.
        var pem = Convert.ToBase64String(Encoding.ASCII.GetBytes(System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", NewCertificate().Span) + "\n"));
        File.WriteAllText(
            Path.Combine(_directory.Path, "agent-data.json"),
            $$"""{"svid":null,"bundle":["{{pem}}"],"reattestable":false,"bootstrap_use":2,"bootstrap_start_time":"0001-01-01T00:00:00Z","connection_attempts":0}""");

        var data = AgentData.Open(_directory.Path);

        data.Svid.Should().BeEmpty();
        data.Bundle.Should().ContainSingle();
    }

    [Fact]
    public void AgentData_SvidDeleted_KeepsTheBundle()
    {
        var data = AgentData.Open(_directory.Path);
        data.StoreSvid([NewCertificate()], reattestable: true);
        data.StoreBundle([NewCertificate()]);

        data.DeleteSvid();

        File.ReadAllText(Path.Combine(_directory.Path, "agent-data.json")).Should().StartWith("{\"svid\":null,\"bundle\":[");
        AgentData.Open(_directory.Path).Bundle.Should().ContainSingle();
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"svid\":[\"not base64!\"]}")]
    [InlineData("{\"svid\":[\"bm8gcGVt\"]}")]
    public void AgentData_DamagedFile_IsRefusedWithItsPath(string content)
    {
        File.WriteAllText(Path.Combine(_directory.Path, "agent-data.json"), content);

        var open = () => AgentData.Open(_directory.Path);

        open.Should().Throw<AgentException>().WithMessage($"failed to open storage: {_directory.Path}*");
    }

    [Fact]
    public void DiskKeys_GeneratedInTurn_AreThereAfterARestart()
    {
        var keys = DiskKeyManager.Open(_directory.Path);
        var first = keys.Generate(null);
        var second = keys.Generate(first);
        var third = keys.Generate(second);

        var again = DiskKeyManager.Open(_directory.Path).Keys;

        (first.Id, second.Id, third.Id).Should().Be(("agent-svid-A", "agent-svid-B", "agent-svid-A"));
        again.Select(key => key.Id).Should().BeEquivalentTo("agent-svid-A", "agent-svid-B");
        again.Should().Contain(key => key.Fits(third.Key.ExportSubjectPublicKeyInfo()));
        again.Should().NotContain(key => key.Fits(first.Key.ExportSubjectPublicKeyInfo()), "the third took its place");
        File.ReadAllText(Path.Combine(_directory.Path, "keys.json")).Should().StartWith("{\n\t\"keys\": {\n\t\t\"agent-svid-A\": \"");
    }

    [Fact]
    public void DiskKeys_DamagedFile_IsRefusedWithItsPath()
    {
        File.WriteAllText(Path.Combine(_directory.Path, "keys.json"), "{\"keys\":{\"agent-svid-A\":\"AAAA\"}}");

        var open = () => DiskKeyManager.Open(_directory.Path);

        open.Should().Throw<AgentException>().WithMessage($"*{_directory.Path}*");
    }

    private static ReadOnlyMemory<byte> NewCertificate() => CertificateAuthority.CreateSelfSigned(
        TrustDomain.Parse("bench.test"), Keys.Create(), new ManualClock().GetUtcNow(), TimeSpan.FromHours(1)).Certificate.Der;
}
