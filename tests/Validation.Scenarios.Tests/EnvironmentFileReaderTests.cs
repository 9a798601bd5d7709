namespace Validation.Scenarios.Tests;

public sealed class EnvironmentFileReaderTests
{
    private const string Good = """
        environment: kubernetes
        kubeconfig: ~/.kube/config
        context: staging
        allowed-contexts: [staging, tests]
        namespace: spire-tests
        spire: official
        cut: network-policy
        images:
          harness: mirror.test:5000/validation/harness:1
        """;

    [Fact]
    public void File_WithEverything_IsRead()
    {
        var file = Read(Good).File!;

        file.Context.Should().Be("staging");
        file.AllowedContexts.Should().Equal("staging", "tests");
        file.Namespace.Should().Be("spire-tests");
        file.Spire.Should().Be("official");
        file.Cut.Should().Be("network-policy");
        file.Images.Should().ContainSingle().Which.Value.Should().Be("mirror.test:5000/validation/harness:1");
    }

    [Fact]
    public void File_WithTheLeast_HasDefaults()
    {
        var file = Read("environment: kubernetes\nallowed-contexts: [staging]\n").File!;

        file.Kubeconfig.Should().BeNull();
        file.Namespace.Should().BeNull();
        file.Spire.Should().Be("embedded");
        file.Cut.Should().Be("leases");
        file.Images.Should().BeEmpty();
    }

    [Theory]
    [InlineData("context: staging", "contxt: staging", "e.yaml:3:1: ", "Did you mean 'context'?")]
    [InlineData("spire: official", "spire: offical", "e.yaml:6:8: ", "Did you mean 'official'?")]
    [InlineData("cut: network-policy", "cut: networkpolicy", "e.yaml:7:6: ", "'network-policy'")]
    [InlineData("namespace: spire-tests", "namespace: Spire_Tests", "e.yaml:5:12: ", "lower-case")]
    [InlineData("environment: kubernetes", "environment: kubernets", "e.yaml:1:14: ", "'kubernetes'")]
    [InlineData("allowed-contexts: [staging, tests]", "allowed-contexts: []", "e.yaml:4:19: ", "at least one")]
    [InlineData("allowed-contexts: [staging, tests]", "allowed-contexts: staging", "e.yaml:4:19: ", "must be a list")]
    [InlineData("harness:1", "harness:latest", "e.yaml:9:12: ", "other than latest")]
    [InlineData("/harness:1", "/harness", "e.yaml:9:12: ", "with a tag")]
    public void File_WithAMistake_SaysWhereAndWhatWasMeant(string right, string wrong, string place, string remedy)
    {
        var reading = Read(Good.Replace(right, wrong, StringComparison.Ordinal));

        reading.Succeeded.Should().BeFalse();
        reading.Diagnostics.Select(diagnostic => diagnostic.ToString()).Should().Contain(text => text.StartsWith(place) && text.Contains(remedy));
    }

    [Fact]
    public void File_WithoutAllowedContexts_IsRefused() =>
        Read("environment: kubernetes\n").Diagnostics.Should().ContainSingle().Which.Message.Should().Contain("allowed-contexts");

    private static EnvironmentReading Read(string text) => EnvironmentFileReader.Read("e.yaml", text);
}
