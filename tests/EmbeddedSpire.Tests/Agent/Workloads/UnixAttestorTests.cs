using System.Security.Cryptography;
using EmbeddedSpire.Agent;
using EmbeddedSpire.Agent.Workloads;
using EmbeddedSpire.Tests.Agent.Scripted;

namespace EmbeddedSpire.Tests.Agent.Workloads;

public sealed class UnixAttestorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public UnixAttestorTests()
    {
        Directory.CreateDirectory(Path.Combine(_directory.Path, "42"));
        Write("42/status", "Name:\tworkload\nUid:\t1000\t1001\t1002\t1003\nGid:\t2000\t2001\t2002\t2003\nGroups:\t27 2001 \n");
        Write("passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:1001:2001::/:/bin/sh\nbob:x:1001:1::/:/bin/sh\n");
        Write("group", "sudo:x:27:alice\nstaff:x:2001:\n");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Attest_Process_TellsEffectiveUserAndGroupsWithTheirNames()
    {
        Attest(new UnixSettings()).Should().BeEquivalentTo(
            "unix:uid:1001",
            "unix:user:alice",
            "unix:gid:2001",
            "unix:group:staff",
            "unix:supplementary_gid:27",
            "unix:supplementary_group:sudo",
            "unix:supplementary_gid:2001",
            "unix:supplementary_group:staff");
    }

    [Fact]
    public void Attest_UserWithoutAName_TellsTheNumber()
    {
        Write("passwd", "root:x:0:0:root:/root:/bin/sh\n");

        Attest(new UnixSettings()).Should().Contain("unix:uid:1001").And.NotContain(selector => selector.StartsWith("unix:user:"));
    }

    [Fact]
    public void Attest_PathsAreDiscovered_TellsPathAndDigest()
    {
        var program = Link("the program");

        Attest(new UnixSettings(DiscoversPath: true)).Should()
            .Contain($"unix:path:{program}")
            .And.Contain($"unix:sha256:{Convert.ToHexStringLower(SHA256.HashData("the program"u8))}");
    }

    [Fact]
    public void Attest_SizeLimitBelowZero_TellsNoDigest()
    {
        Link("the program");

        Attest(new UnixSettings(DiscoversPath: true, SizeLimit: -1)).Should().NotContain(selector => selector.StartsWith("unix:sha256:"));
    }

    [Theory]
    [InlineData(11, true)]
    [InlineData(10, false)]
    public void Attest_ProgramLargerThanTheLimit_Fails(long limit, bool succeeds)
    {
        Link("the program");

        var attest = () => Attest(new UnixSettings(DiscoversPath: true, SizeLimit: limit));

        if (succeeds)
        {
            attest.Should().NotThrow();
        }
        else
        {
            attest.Should().Throw<AgentException>().WithMessage("*exceeds size limit (11 > 10)");
        }
    }

    [Fact]
    public void Attest_ProcessIsGone_Fails()
    {
        var attestor = new UnixAttestor(new UnixSettings(), _directory.Path, _directory.Path);

        attestor.Invoking(one => one.Attest(43)).Should().Throw<AgentException>().WithMessage("workloadattestor(unix): failed to get process 43:*");
    }

    [Fact]
    public void Attest_ThisProcess_TellsItsUser()
    {
        new UnixAttestor(new UnixSettings()).Attest(Environment.ProcessId).Select(selector => selector.ToString()).Should().Contain(Workload.Me);
    }

    [Fact]
    public void AccountNames_FileChanges_IsReadAgain()
    {
        var names = new AccountNames(Path.Combine(_directory.Path, "group"));
        names.Find("4").Should().BeNull();

        Write("group", "adm:x:4:\n");
        File.SetLastWriteTimeUtc(Path.Combine(_directory.Path, "group"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        names.Find("4").Should().Be("adm");
    }

    private string Link(string content)
    {
        Write("program", content);
        var program = Path.Combine(_directory.Path, "program");
        File.CreateSymbolicLink(Path.Combine(_directory.Path, "42", "exe"), program);
        return program;
    }

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_directory.Path, name), content);

    private IEnumerable<string> Attest(UnixSettings settings) =>
        new UnixAttestor(settings, _directory.Path, _directory.Path).Attest(42).Select(selector => selector.ToString()).ToList();
}
