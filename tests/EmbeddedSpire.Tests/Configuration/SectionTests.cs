using EmbeddedSpire.Configuration;

namespace EmbeddedSpire.Tests.Configuration;

public sealed class SectionTests
{
    [Fact]
    public void Read_NumbersAsTextAndTextAsNumbers_AreConvertedAsHclDoes()
    {
        Problems("a = \"8081\"\nb = 80\nc = \"true\"\nd = 1", section =>
        {
            section.Integer("a").Should().Be(8081);
            section.Text("b").Should().Be("80");
            section.Truth("c").Should().BeTrue();
            section.Truth("d").Should().BeTrue();
        }).Should().BeEmpty();
    }

    [Fact]
    public void Finish_UnknownKey_IsReportedWithTheNearestKnownOne() =>
        Problems("trust_doman = \"x\"", section => section.Text("trust_domain"))
            .Should().Equal("c:1:1: unknown configuration detected: 'trust_doman' in server is not known. Did you mean 'trust_domain'?");

    [Fact]
    public void Finish_UnknownKeyInASectionBelow_IsReportedToo() =>
        Problems("ratelimit { attest = true }", section => section.Child("ratelimit")!.Truth("attestation"))
            .Should().Equal("c:1:13: unknown configuration detected: 'attest' in ratelimit is not known.");

    [Fact]
    public void Read_SeveralMistakes_AreReportedAtOnceInTheOrderOfTheFile() =>
        Problems("b = \"no\"\na = \"1x\"\nc = \"10\"", section =>
        {
            section.Integer("a", 1, 10);
            section.Truth("b");
            section.Duration("c");
        }).Should().Equal(
            "c:1:5: b 'no' is neither true nor false.",
            "c:2:5: a '1x' is not a whole number from 1 to 10.",
            "c:3:5: c '10' is not a duration. Write a number with a unit, such as '30s', '5m' or '1h30m'.");

    [Theory]
    [InlineData("a = 0")]
    [InlineData("a = 11")]
    public void Integer_OutsideItsRange_IsReported(string text) =>
        Problems(text, section => section.Integer("a", 1, 10)).Should().ContainSingle();

    [Fact]
    public void Unsupported_KeyThatIsThere_IsRefusedPlainly() =>
        Problems("federation {}", section => section.Unsupported("There is no bundle endpoint.", "federation", "other"))
            .Should().Equal("c:1:1: 'federation' in server is not supported by the embedded SPIRE. There is no bundle endpoint.");

    [Fact]
    public void RequiredText_Missing_IsReported() =>
        Problems(string.Empty, section => section.RequiredText("data_dir")).Should().Equal("c:1:1: data_dir must be configured in server.");

    [Fact]
    public void Read_SameKeyTwice_IsReported() =>
        Problems("a = 1\na = 2", section => section.Integer("a")).Should().Equal("c:2:1: 'a' is there twice in server.");

    [Fact]
    public void Plugins_UnknownOne_IsRefusedWithWhatIsSupported()
    {
        var supported = new Dictionary<string, string[]> { ["KeyManager"] = ["disk", "memory"] };

        Problems("KeyManager \"aws_kms\" { plugin_data { region = 1 } }\nKeyManger \"disk\" {}", section =>
            Plugin.ReadAll(section, supported, _problems).Should().BeEmpty())
            .Should().Equal(
                "c:1:1: the KeyManager 'aws_kms' is not supported by the embedded SPIRE; supported are disk, memory.",
                "c:2:1: plugins of the type 'KeyManger' are not supported by the embedded SPIRE; supported are KeyManager. Did you mean 'KeyManager'?");
    }

    [Fact]
    public void Plugins_DisabledOne_IsLeftOut() =>
        Problems("KeyManager \"aws_kms\" { enabled = false\n plugin_data { region = 1 } }", section =>
            Plugin.ReadAll(section, new Dictionary<string, string[]>(), _problems).Should().BeEmpty()).Should().BeEmpty();

    private readonly ConfigurationProblems _problems = new();

    private string[] Problems(string text, Action<Section> read)
    {
        var section = new Section("server", HclReader.Read("c", text), _problems);
        read(section);
        section.Finish();
        try
        {
            _problems.ThrowIfAny();
            return [];
        }
        catch (ConfigurationException error)
        {
            return error.Message.Split('\n');
        }
    }
}
