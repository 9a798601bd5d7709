using EmbeddedSpire.Server.Storage;
using Npgsql;

namespace EmbeddedSpire.Tests.Server.Storage;

/// <summary>Connection strings are those of Go's driver, not those of .NET's.</summary>
public sealed class DatabaseAddressTests
{
    [Theory]
    [InlineData("host=db port=6432 user=spire password='a b\\'c' dbname=state sslmode=disable connect_timeout=5")]
    [InlineData("postgres://spire:a%20b%27c@db:6432/state?sslmode=disable&connect_timeout=5")]
    [InlineData("postgresql://spire:a%20b'c@db:6432/state?connect_timeout=5&sslmode=disable")]
    public void Address_InEitherForm_SaysTheSame(string text)
    {
        var server = DatabaseAddress.Parse(text).Servers.Should().ContainSingle().Subject;

        server.Host.Should().Be("db");
        server.Port.Should().Be(6432);
        server.Username.Should().Be("spire");
        server.Password.Should().Be("a b'c");
        server.Database.Should().Be("state");
        server.SslMode.Should().Be(SslMode.Disable);
        server.Timeout.Should().Be(5);
        server.Pooling.Should().BeFalse("the pool is ours");
    }

    [Fact]
    public void Address_WithoutAnything_HasTheDriversDefaults()
    {
        var server = DatabaseAddress.Parse("dbname=state").Servers.Single();

        server.Host.Should().Be("localhost");
        server.Port.Should().Be(5432);
        server.SslMode.Should().Be(SslMode.Require);
        server.Timeout.Should().Be(0, "without connect_timeout it waits for ever");
        server.CommandTimeout.Should().Be(0);
    }

    [Fact]
    public void Address_OfAUnixSocket_HasNeitherTlsNorKeepalive()
    {
        var server = DatabaseAddress.Parse("host=/run/postgresql dbname=state").Servers.Single();

        server.Host.Should().Be("/run/postgresql");
        server.SslMode.Should().Be(SslMode.Disable);
        server.TcpKeepAlive.Should().BeFalse();
    }

    [Theory]
    [InlineData("host=a,b,c port=5432 target_session_attrs=read-write", "a:5432 b:5432 c:5432")]
    [InlineData("host=a,b,c port=1,2,3 target_session_attrs=read-write", "a:1 b:2 c:3")]
    [InlineData("postgres://u@a:1,b:2/state?target_session_attrs=read-write", "a:1 b:2")]
    [InlineData("postgres://u@a,b:2/state?target_session_attrs=primary", "a:5432 b:2")]
    public void Address_OfSeveralServers_NamesThemInOrder(string text, string expected)
    {
        var address = DatabaseAddress.Parse(text);

        string.Join(' ', address.Servers.Select(server => $"{server.Host}:{server.Port}")).Should().Be(expected);
        address.MustBeWritable.Should().BeTrue();
    }

    [Theory]
    [InlineData("sslmode=require", SslMode.Require)]
    [InlineData("sslmode=require sslrootcert=/ca.pem", SslMode.VerifyCA)]
    [InlineData("sslmode=verify-ca", SslMode.VerifyCA)]
    [InlineData("sslmode=verify-full", SslMode.VerifyFull)]
    [InlineData("sslmode=prefer", SslMode.Prefer)]
    public void Tls_OfAnAddress_MeansWhatItMeansToTheDriver(string text, SslMode mode) =>
        DatabaseAddress.Parse($"host=db {text}").Servers.Single().SslMode.Should().Be(mode);

    [Fact]
    public void Parameter_Unknown_IsHandedToTheServer() =>
        DatabaseAddress.Parse("host=db statement_timeout=500 lock_timeout=7").Servers.Single().Options.Should().Be("-c statement_timeout=500 -c lock_timeout=7");

    [Theory]
    [InlineData("host=a,b port=1,2,3", "*2 hosts and 3 ports*")]
    [InlineData("sslmode=maybe", "*'maybe'*disable*verify-full*")]
    [InlineData("port=many", "*port 'many'*")]
    [InlineData("target_session_attrs=standby", "*'standby'*read-write*")]
    [InlineData("host", "*")]
    [InlineData("password='open", "*")]
    public void Address_ThatIsWrong_SaysWhatAndWhatIsAllowed(string text, string message)
    {
        var parse = () => DatabaseAddress.Parse(text);

        parse.Should().Throw<FormatException>().WithMessage(message);
    }

    [Fact]
    public void Address_Written_KeepsThePasswordToItself() =>
        DatabaseAddress.Parse("host=db user=spire password=secret dbname=state").ToString().Should().Contain("spire").And.NotContain("secret");
}
