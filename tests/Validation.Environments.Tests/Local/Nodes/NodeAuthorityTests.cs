using System.Security.Cryptography.X509Certificates;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Tests.Local.Nodes;

public sealed class NodeAuthorityTests
{
    [Fact]
    public void Issue_ForANode_IsWhatTheAttestorAccepts()
    {
        using var authority = new NodeAuthority(TimeProvider.System);

        var identity = authority.Issue("spire-agent-1");

        using var leaf = X509Certificate2.CreateFromPem(identity.CertificatePem, identity.KeyPem);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.Build(leaf).Should().BeTrue();
        leaf.Subject.Should().Be("CN=spire-agent-1");
        leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages.Should().Be(X509KeyUsageFlags.DigitalSignature);
        leaf.HasPrivateKey.Should().BeTrue();
    }

    [Fact]
    public void AgentId_OfAnIdentity_EndsInTheSha1OfItsCertificate()
    {
        using var authority = new NodeAuthority(TimeProvider.System);

        var identity = authority.Issue("spire-agent-1");

        using var leaf = X509Certificate2.CreateFromPem(identity.CertificatePem);
        identity.Fingerprint.Should().MatchRegex("^[0-9a-f]{40}$").And.BeEquivalentTo(leaf.Thumbprint);
        identity.AgentId.Should().Be($"spiffe://validation.test/spire/agent/x509pop/{identity.Fingerprint}");
    }

    [Fact]
    public void Issue_SameNameTwice_GivesTwoIdentities()
    {
        using var authority = new NodeAuthority(TimeProvider.System);

        authority.Issue("spire-agent-1").AgentId.Should().NotBe(authority.Issue("spire-agent-1").AgentId);
    }
}
