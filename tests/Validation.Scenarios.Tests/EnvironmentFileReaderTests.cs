namespace Validation.Scenarios.Tests;

public sealed class EnvironmentFileReaderTests
{
    private const string Good = """
        environment: kubernetes
        kubeconfig: ~/.kube/config
        context: staging
        allowed-contexts: [staging, tests]
        namespace: spire-tests
        spire: embedded
        cut: network-policy
        images:
          harness: mirror.test:5000/validation/harness:1
        """;

    private const string Existing = """
        environment: kubernetes
        allowed-contexts: [staging]
        existing:
          namespace: spire-server
          trust-domain: example.org
          trust-bundle: ~/bundle.pem
          roles:
            spire-server:
              selector: app.kubernetes.io/name=server,app.kubernetes.io/instance=spire
              port: 8443
            spire-agent:
              selector: app.kubernetes.io/name=agent
              namespace: spire-system
              container: spire-agent
          attestation: { certificate: ca.pem, key: ca.key }
          administrator: { certificate: svid.pem, key: svid.key }
          permitted-faults: [kill]
        """;

    [Fact]
    public void File_WithEverything_IsRead()
    {
        var file = Read(Good).File!;

        file.Context.Should().Be("staging");
        file.AllowedContexts.Should().Equal("staging", "tests");
        file.Namespace.Should().Be("spire-tests");
        file.Spire.Should().Be("embedded");
        file.Cut.Should().Be("network-policy");
        file.Images.Should().ContainSingle().Which.Value.Should().Be("mirror.test:5000/validation/harness:1");
    }

    [Fact]
    public void File_WithTheLeast_HasDefaults()
    {
        var file = Read("environment: kubernetes\nallowed-contexts: [staging]\n").File!;

        file.Kubeconfig.Should().BeNull();
        file.Namespace.Should().BeNull();
        file.Spire.Should().Be("official");
        file.Cut.Should().Be("leases");
        file.Images.Should().BeEmpty();
    }

    [Theory]
    [InlineData("context: staging", "contxt: staging", "e.yaml:3:1: ", "Did you mean 'context'?")]
    [InlineData("spire: embedded", "spire: embeded", "e.yaml:6:8: ", "Did you mean 'embedded'?")]
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

    [Fact]
    public void ExistingStack_WithEverything_IsRead()
    {
        var existing = Read(Existing).File!.Existing!;

        existing.TrustDomain.Should().Be("example.org");
        existing.TrustBundle.Should().Be("~/bundle.pem");
        existing.Roles["spire-server"].Should().Be(new ExistingRoleFile("spire-server", "app.kubernetes.io/name=server,app.kubernetes.io/instance=spire", null, 8443));
        existing.Roles["spire-agent"].Should().Be(new ExistingRoleFile("spire-system", "app.kubernetes.io/name=agent", "spire-agent", 8081));
        existing.Attestation.Should().Be(new KeyPairFile("ca.pem", "ca.key"));
        existing.Administrator.Should().Be(new KeyPairFile("svid.pem", "svid.key"));
        existing.PermittedFaults.Should().Equal("kill");
    }

    [Fact]
    public void ExistingStack_WithTheLeast_PermitsNothing()
    {
        var existing = Read("""
            environment: kubernetes
            allowed-contexts: [staging]
            existing:
              trust-domain: example.org
              trust-bundle: bundle.pem
              roles: { spire-server: { namespace: spire, selector: app=server } }
            """).File!.Existing!;

        existing.PermittedFaults.Should().BeEmpty();
        existing.Helpers.Should().BeFalse();
        existing.Attestation.Should().BeNull();
        existing.Administrator.Should().BeNull();
        existing.Roles.Should().ContainSingle().Which.Value.Port.Should().Be(8081);
    }

    [Theory]
    [InlineData("    spire-server:\n", "    spire-srver:\n", "e.yaml:8:5: ", "Did you mean 'spire-server'?")]
    [InlineData("  trust-domain: example.org\n", "", "e.yaml:4:3: ", "has no 'trust-domain'")]
    [InlineData("  trust-domain: example.org", "  trust-domain: spiffe://example.org", "e.yaml:5:17: ", "without spiffe://")]
    [InlineData("selector: app.kubernetes.io/name=agent", "selector: name agent", "e.yaml:12:17: ", "a label selector")]
    [InlineData("selector: app.kubernetes.io/name=agent", "selectr: app.kubernetes.io/name=agent", "e.yaml:12:7: ", "Did you mean 'selector'?")]
    [InlineData("port: 8443", "port: 84430", "e.yaml:10:13: ", "from 1 to 65535")]
    [InlineData("      container: spire-agent", "      port: 8081", "e.yaml:14:7: ", "key 'port' is not known in role 'spire-agent'")]
    [InlineData("  namespace: spire-server\n", "", "e.yaml:8:7: ", "role 'spire-server' has no 'namespace'")]
    [InlineData("permitted-faults: [kill]", "permitted-faults: [kil]", "e.yaml:17:22: ", "Did you mean 'kill'?")]
    [InlineData("key: ca.key", "kay: ca.key", "e.yaml:15:39: ", "Did you mean 'key'?")]
    [InlineData("existing:\n", "spire: official\nexisting:\n", "e.yaml:3:8: ", "'spire' means nothing beside 'existing': nothing is deployed.")]
    [InlineData("existing:\n", "namespace: spire\nexisting:\n", "e.yaml:3:12: ", "Write it below 'existing'.")]
    [InlineData("existing:\n", "images: { harness: mirror.test/harness:9 }\nexisting:\n", "e.yaml:3:9: ", "'images' means nothing beside 'existing': nothing is deployed.")]
    [InlineData("existing:\n", "existing:\n  helpers: maybe\n", "e.yaml:4:12: ", "true or false")]
    public void ExistingStack_WithAMistake_SaysWhereAndWhatWasMeant(string right, string wrong, string place, string remedy)
    {
        var reading = Read(Existing.Replace(right, wrong, StringComparison.Ordinal));

        reading.Succeeded.Should().BeFalse();
        reading.Diagnostics.Select(diagnostic => diagnostic.ToString()).Should().Contain(text => text.StartsWith(place) && text.Contains(remedy));
    }

    [Fact]
    public void ExistingStack_WithHelpers_MayNameTheirImage()
    {
        var file = Read(Existing.Replace("existing:\n", "images: { harness: mirror.test/harness:9 }\nexisting:\n  helpers: true\n", StringComparison.Ordinal)).File!;

        file.Existing!.Helpers.Should().BeTrue();
        file.Images["harness"].Should().Be("mirror.test/harness:9");
    }

    [Fact]
    public void ExampleForTryingTheHarness_ChoosesTheEmbeddedSpire()
    {
        var reading = Read(File.ReadAllText(Path.Combine(TestKit.Repository.Root.FullName, "environments/kubernetes/local-example.yaml")));

        reading.Diagnostics.Should().BeEmpty();
        reading.File!.Spire.Should().Be("embedded");
    }

    [Fact]
    public void ExampleOfAnExistingStack_IsRead()
    {
        var reading = Read(File.ReadAllText(Path.Combine(TestKit.Repository.Root.FullName, "environments/kubernetes/existing-example.yaml")));

        reading.Diagnostics.Should().BeEmpty();
        reading.File!.Existing!.Roles.Keys.Should().BeEquivalentTo("spire-server", "spire-agent");
    }

    private static EnvironmentReading Read(string text) => EnvironmentFileReader.Read("e.yaml", text, ["kill", "partition"]);
}
