using System.Security.Cryptography;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Svids;

namespace Spire.Wire.Tests.Certificates;

public sealed class SigningRequestTests
{
    private static readonly SpiffeId Id = SpiffeId.Parse("spiffe://example.org/a");

    [Fact]
    public void RecordedAgentRequests_AreReadAndSigned()
    {
        var requests = Recording.Read("03-renew-agent.jsonl").Where(line => line.Type == RenewAgentRequest.Descriptor.FullName)
            .Select(line => line.Parse<RenewAgentRequest>().Params?.Csr.Memory ?? default).Where(csr => csr.Length > 100).ToList();

        requests.Should().NotBeEmpty();
        requests.Should().OnlyContain(csr => SigningRequest.Parse(csr).HasValidSignature() && SigningRequest.Parse(csr).Uris.Count == 0);
    }

    [Fact]
    public void RecordedWorkloadRequests_NameTheirWorkload()
    {
        var request = Recording.Read("09-svid.jsonl").First(line => line.Type == BatchNewX509SVIDRequest.Descriptor.FullName).Parse<BatchNewX509SVIDRequest>();

        var parsed = SigningRequest.Parse(request.Params[0].Csr.Memory);

        parsed.Uris.Should().Equal("spiffe://bench.test/wl/one");
        parsed.HasValidSignature().Should().BeTrue();
    }

    [Theory]
    [InlineData("ec-p256")]
    [InlineData("ec-p384")]
    [InlineData("rsa-2048")]
    public void OwnRequests_OfEveryKindOfKey_AreReadBack(string kind)
    {
        using AsymmetricAlgorithm key = kind switch
        {
            "ec-p256" => Keys.Create(),
            "ec-p384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            _ => RSA.Create(2048),
        };

        var agent = SigningRequest.Parse(SigningRequest.ForAgent(key));
        var workload = SigningRequest.Parse(SigningRequest.ForWorkload(key, Id));

        agent.PublicKey.ToArray().Should().Equal(key.ExportSubjectPublicKeyInfo());
        agent.Uris.Should().BeEmpty();
        agent.HasValidSignature().Should().BeTrue();
        workload.Uris.Should().Equal(Id.ToString());
        workload.HasValidSignature().Should().BeTrue();
    }

    [Fact]
    public void OwnAgentRequest_HasTheFormOfARecordedOne()
    {
        using var key = Keys.Create();
        var recorded = Recording.Read("21-real-agent-join-token.jsonl").First(line => line.Type == AttestAgentRequest.Descriptor.FullName)
            .Parse<AttestAgentRequest>().Params.Params_.Csr.Memory;

        var ours = SigningRequest.ForAgent(key);

        WithoutKeyAndSignature(ours).Should().Be(WithoutKeyAndSignature(recorded));
    }

    [Fact]
    public void SignatureOfAnother_IsNoticed_ButTheKeyIsReadAllTheSame()
    {
        using var key = Keys.Create();
        var request = SigningRequest.ForWorkload(key, Id);
        request[^1] ^= 1;

        var parsed = SigningRequest.Parse(request);

        parsed.PublicKey.ToArray().Should().Equal(key.ExportSubjectPublicKeyInfo());
        parsed.HasValidSignature().Should().BeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    public void SomethingElse_IsRefused(string text)
    {
        var parse = () => SigningRequest.Parse(System.Text.Encoding.UTF8.GetBytes(text));

        parse.Should().Throw<CryptographicException>();
    }

    [Fact]
    public void EveryTruncation_IsRefused()
    {
        using var key = Keys.Create();
        var request = SigningRequest.ForWorkload(key, Id);

        for (var length = 0; length < request.Length; length++)
        {
            var parse = () => SigningRequest.Parse(request.AsMemory(0, length));

            parse.Should().Throw<CryptographicException>();
        }
    }

    /// <summary>The request up to its key, and what follows the key up to the signature. Lengths of signatures vary.</summary>
    private static string WithoutKeyAndSignature(ReadOnlyMemory<byte> request)
    {
        var text = Convert.ToHexString(request.Span);
        var key = Convert.ToHexString(SigningRequest.Parse(request).PublicKey.Span);
        var at = text.IndexOf(key, StringComparison.Ordinal);
        const int AttributesAndAlgorithm = 2 * (2 + 12);
        var end = at + key.Length;
        return $"{text[6..at]}|{text[end..(end + AttributesAndAlgorithm)]}";
    }
}
