using EmbeddedSpire.Configuration;

namespace EmbeddedSpire.Tests.Configuration;

public sealed class HclReaderTests
{
    [Fact]
    public void Read_MinimalServerFile_HasSectionsLabelsAndScalars()
    {
        var file = Read("""
            server {
              bind_port = 8081   # a comment
              trust_domain = "bench.example"
              ratelimit { attestation = false }
            }
            // another
            plugins {
              NodeAttestor "x509pop" { plugin_data { ca_bundle_path = "/etc/ca.pem" } }
              KeyManager "memory" { plugin_data {} }
            }
            /* and
               one more */
            """);

        file.Items.Select(item => item.Key).Should().Equal("server", "plugins");
        var server = (HclObject)file.Items[0].Value;
        server.Items[0].Value.Should().BeOfType<HclScalar>().Which.Text.Should().Be("8081");
        var plugins = (HclObject)file.Items[1].Value;
        plugins.Items.Select(item => $"{item.Key} {item.Labels[0]}").Should().Equal("NodeAttestor x509pop", "KeyManager memory");
    }

    [Theory]
    [InlineData("""a = "x\"y\\z\n" """, "x\"y\\z\n")]
    [InlineData("""a = "\u00e9" """, "é")]
    [InlineData("""a = "${var.x["q"]}" """, "${var.x[\"q\"]}")]
    [InlineData("""a = -5 """, "-5")]
    [InlineData("""a = true """, "true")]
    [InlineData("""a = 1.5e3 """, "1.5e3")]
    [InlineData("""  "a" = "quoted key" """, "quoted key")]
    public void Read_Scalar_ResolvesIt(string text, string expected) =>
        Read(text).Items.Single().Value.Should().BeOfType<HclScalar>().Which.Text.Should().Be(expected);

    [Theory]
    [InlineData("a = <<END\n  one\n two\nEND\n", "  one\n two\n")]
    [InlineData("a = <<-END\n  one\n    two\n  END\n", "one\n  two\n")]
    public void Read_Heredoc_KeepsItsLines(string text, string expected) =>
        Read(text).Items.Single().Value.Should().BeOfType<HclScalar>().Which.Text.Should().Be(expected);

    [Fact]
    public void Read_List_AllowsCommaAtTheEnd()
    {
        var list = Read("""a = [ "x", "y", ]""").Items.Single().Value.Should().BeOfType<HclList>().Subject;

        list.Values.Cast<HclScalar>().Select(scalar => scalar.Text).Should().Equal("x", "y");
    }

    [Theory]
    [InlineData("a = \"open\nb = 1", "test.conf:1:5: the text has no closing quote on its line.")]
    [InlineData("server {\n  a = 1\n", "test.conf:3:1: 'end of file' is not expected here; expected is a key.")]
    [InlineData("a = word", "test.conf:1:5: 'word' is neither a number, true nor false. Write text in quotes.")]
    [InlineData("a 1 = 2", "test.conf:1:5: '=' is not expected here; expected is '=' or '{' after 'a'.")]
    [InlineData("a = [1 2]", "test.conf:1:8: '2' is not expected here; expected is ',' or ']'.")]
    [InlineData("/* never", "test.conf:1:1: the comment has no end.")]
    [InlineData("a = <<END\nx\n", "test.conf:1:5: the text that began with '<<END' has no line 'END' that ends it.")]
    [InlineData("a = \"\\q\"", "test.conf:1:6: the escape '\\q' is not known.")]
    [InlineData("a = ?", "test.conf:1:5: '?' is not expected here.")]
    public void Read_Mistake_NamesThePlace(string text, string message) =>
        FluentActions.Invoking(() => Read(text)).Should().Throw<ConfigurationException>().WithMessage(message);

    [Fact]
    public void Read_TooDeep_IsRefusedRatherThanExhaustingTheStack() =>
        FluentActions.Invoking(() => Read(string.Concat(Enumerable.Repeat("a {", 100_000))))
            .Should().Throw<ConfigurationException>().WithMessage("*nested deeper than 64 levels.");

    private static HclObject Read(string text) => HclReader.Read("test.conf", text);
}
