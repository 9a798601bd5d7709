using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Grpc;

namespace Spire.Wire.Tests.Attestation;

public sealed class PopTests
{
    private readonly TestAuthority _authority = new();

    public static TheoryData<int, bool> RecordedDialogues => new()
    {
        { 1, true }, { 2, true }, { 3, true }, { 4, false }, { 11, false }, { 12, false },
    };

    [Theory]
    [MemberData(nameof(RecordedDialogues))]
    public void RecordedDialogue_IsJudgedAsSpireJudgedIt(int call, bool isAccepted)
    {
        var (attestation, response) = Replay(call);

        var verify = () => attestation.Verify(response);

        if (isAccepted)
        {
            verify.Should().NotThrow();
            attestation.AgentId(Recording.TrustDomain).Should().Be(GivenId(call));
        }
        else
        {
            var refusal = Recording.Read("02-attest-x509pop.jsonl").Single(line => line.Call == call && line.Status is not null);
            verify.Should().Throw<GrpcException>().Which.Status.Should().BeEquivalentTo(new GrpcStatus((StatusCode)refusal.Status!, refusal.Message!));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void RecordedResponse_WithAnyNumberChanged_IsRefused(int call)
    {
        var (attestation, response) = Replay(call);
        var message = JsonNode.Parse(response)!.AsObject();
        var signature = (message["rsa_signature"] ?? message["ecdsa_signature"])!.AsObject();

        foreach (var member in signature.Select(pair => pair.Key).ToList())
        {
            var original = signature[member]!.GetValue<string>();
            var bytes = Convert.FromBase64String(original);
            bytes[bytes.Length / 2] ^= 1;
            signature[member] = Convert.ToBase64String(bytes);

            var verify = () => attestation.Verify(Encoding.UTF8.GetBytes(message.ToJsonString()));

            verify.Should().Throw<GrpcException>().Which.Code.Should().Be(StatusCode.PermissionDenied);
            signature[member] = original;
        }

        attestation.Invoking(it => it.Verify(Encoding.UTF8.GetBytes(message.ToJsonString()))).Should().NotThrow();
    }

    [Fact]
    public void RecordedRsaSignature_HasASaltThatThePlatformRefuses()
    {
        var (attestation, response) = Replay(2);
        var signature = JsonDocument.Parse(response).RootElement.GetProperty("rsa_signature");
        using var key = (RSA)Keys.ReadPublic(attestation.Chain[0].PublicKey.Span);
        var digest = PopSignature.Digest(ChallengeNonce(2), signature.GetProperty("nonce").GetBytesFromBase64());
        var bytes = signature.GetProperty("signature").GetBytesFromBase64();

        key.VerifyHash(digest, bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss).Should().BeFalse("this is why we verify by hand");
        PssSignature.Verify(key, digest, bytes).Should().BeTrue();
    }

    [Theory]
    [InlineData("nistP256")]
    [InlineData("nistP384")]
    [InlineData("nistP521")]
    [InlineData("rsa-2048")]
    [InlineData("rsa-2056")]
    [InlineData("rsa-3072")]
    public void Agent_WithEveryKindOfKey_ConvincesTheServer(string kind)
    {
        using AsymmetricAlgorithm key = kind.StartsWith("rsa-", StringComparison.Ordinal)
            ? RSA.Create(int.Parse(kind[4..], System.Globalization.CultureInfo.InvariantCulture))
            : ECDsa.Create(ECCurve.CreateFromFriendlyName(kind));
        var agent = new PopAgent([_authority.Issue("node", key)], key);

        var attestation = _authority.Server.Begin(agent.Data().Payload.Span);

        attestation.Invoking(it => it.Verify(agent.Respond(attestation.Challenge.Span).Span)).Should().NotThrow();
    }

    [Fact]
    public void Agent_WithoutTheKeyOfItsCertificate_IsRefused()
    {
        using var key = Keys.Create();
        using var stolen = Keys.Create();
        var agent = new PopAgent([_authority.Issue("node", key)], stolen);

        var attestation = _authority.Server.Begin(agent.Data().Payload.Span);

        attestation.Invoking(it => it.Verify(agent.Respond(attestation.Challenge.Span).Span)).Should().Throw<GrpcException>()
            .Which.Status.Message.Should().Be("nodeattestor(x509pop): challenge response verification failed: ECDSA signature verify failed");
    }

    [Fact]
    public void ResponseToAnEarlierChallenge_IsRefused()
    {
        using var key = Keys.Create();
        var agent = new PopAgent([_authority.Issue("node", key)], key);
        var earlier = agent.Respond(_authority.Server.Begin(agent.Data().Payload.Span).Challenge.Span);

        var attestation = _authority.Server.Begin(agent.Data().Payload.Span);

        attestation.Invoking(it => it.Verify(earlier.Span)).Should().Throw<GrpcException>().Which.Code.Should().Be(StatusCode.PermissionDenied);
    }

    [Fact]
    public void Selectors_TellNameAuthoritySerialAndOwnUris()
    {
        using var key = Keys.Create();
        var agent = new PopAgent([_authority.Issue("node-7", key, "x509pop://example.org/rack/r1", "x509pop://other.org/rack/r2", "spiffe://example.org/x")], key);

        var attestation = _authority.Server.Begin(agent.Data().Payload.Span);

        var leaf = attestation.Chain[0];
        attestation.Selectors(TrustDomain.Parse("example.org")).Select(selector => $"{selector.Type}|{selector.Value}").Should().Equal(
            "x509pop|subject:cn:node-7",
            $"x509pop|ca:fingerprint:{_authority.Certificate.Thumbprint.ToLowerInvariant()}",
            $"x509pop|serialnumber:{leaf.SerialNumber.PadLeft((leaf.SerialNumber.Length + 1) / 2 * 2, '0')}",
            "x509pop|san:rack:r1");
        attestation.AgentId(TrustDomain.Parse("example.org")).Path.Should().MatchRegex("^/spire/agent/x509pop/[0-9a-f]{40}$");
    }

    [Fact]
    public void AgentId_InTheModeSpiffe_ComesFromTheSvid()
    {
        var trust = new TestTrust();
        var svid = trust.Issue("/spire-exchange/rack/7");
        using var key = svid.Certificate.GetECDsaPrivateKey()!;
        using var authority = X509CertificateLoader.LoadCertificate(trust.Authority.Certificate.Der.Span);

        var attestation = new PopServer([authority], TimeProvider.System).Begin(new PopAgent(svid.Chain, key).Data().Payload.Span);

        attestation.AgentIdFromSvid(trust.TrustDomain, "/spire-exchange/").Path.Should().Be("/spire/agent/x509pop/rack/7");
        attestation.Invoking(it => it.AgentIdFromSvid(trust.TrustDomain, "/other/")).Should().Throw<GrpcException>().Which.Code.Should().Be(StatusCode.PermissionDenied);
        attestation.Invoking(it => it.AgentIdFromSvid(Recording.TrustDomain, "/spire-exchange/")).Should().Throw<GrpcException>().Which.Code.Should().Be(StatusCode.PermissionDenied);
    }

    [Fact]
    public void RecordedSelectors_AreThoseThatWeWouldGive()
    {
        var recorded = Recording.Read("11-agent-admin.jsonl").Where(line => line.Type == "spire.api.types.Agent")
            .Select(line => line.Parse<Wire.Contracts.Types.Agent>()).First(agent => agent.Selectors.Count > 0);
        var leaf = LeafOf("11-agent-admin.jsonl", recorded.Id.Path);

        var ours = new PopAttestation([leaf], "node3", Keys.ReadPublic(leaf.PublicKey.Span)).Selectors(Recording.TrustDomain);

        ours.Select(selector => selector.Value).Should().BeEquivalentTo(
            recorded.Selectors.Select(selector => selector.Value).Where(value => !value.StartsWith("ca:", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("nope", StatusCode.InvalidArgument, "failed to unmarshal data: ")]
    [InlineData("null", StatusCode.InvalidArgument, "failed to unmarshal data: ")]
    [InlineData("{\"certificates\":[]}", StatusCode.InvalidArgument, "no certificate to attest")]
    [InlineData("{}", StatusCode.InvalidArgument, "no certificate to attest")]
    [InlineData("{\"certificates\":[\"AAAA\"]}", StatusCode.InvalidArgument, "unable to parse leaf certificate: ")]
    public void Payload_OfAnotherForm_IsRefusedInSpiresWords(string payload, StatusCode code, string text)
    {
        var begin = () => _authority.Server.Begin(Encoding.UTF8.GetBytes(payload));

        var status = begin.Should().Throw<GrpcException>().Which.Status;
        status.Code.Should().Be(code);
        status.Message.Should().StartWith("nodeattestor(x509pop): " + text);
    }

    [Fact]
    public void Certificate_OfAnotherAuthority_IsRefusedInSpiresWords()
    {
        using var key = Keys.Create();
        var agent = new PopAgent([new TestAuthority().Issue("node", key)], key);

        var begin = () => _authority.Server.Begin(agent.Data().Payload.Span);

        begin.Should().Throw<GrpcException>().Which.Status.Should().BeEquivalentTo(new GrpcStatus(
            StatusCode.PermissionDenied, "nodeattestor(x509pop): certificate verification failed: x509: certificate signed by unknown authority"));
    }

    [Fact]
    public void Certificate_ThatHasExpired_IsRefused()
    {
        using var key = Keys.Create();
        var agent = new PopAgent([_authority.Issue("node", key)], key);
        var later = new PopServer([_authority.Certificate], new FixedTime(TimeProvider.System.GetUtcNow().AddHours(2)));

        var begin = () => later.Begin(agent.Data().Payload.Span);

        begin.Should().Throw<GrpcException>().Which.Status.Message.Should().EndWith("x509: certificate has expired or is not yet valid");
    }

    [Fact]
    public void Certificate_ThatMayNotSign_IsRefusedInSpiresWords()
    {
        using var key = Keys.Create();
        var agent = new PopAgent([_authority.Issue("node", key, X509KeyUsageFlags.KeyAgreement)], key);

        var begin = () => _authority.Server.Begin(agent.Data().Payload.Span);

        begin.Should().Throw<GrpcException>().Which.Status.Should().BeEquivalentTo(new GrpcStatus(
            StatusCode.Internal, "nodeattestor(x509pop): unable to generate challenge: certificate not intended for digital signature use"));
    }

    [Fact]
    public void Intermediates_AreUsedUpToTheirLimit()
    {
        using var key = Keys.Create();
        var leaf = _authority.Issue("node", key);
        var padding = Enumerable.Range(0, 5).Select(_ => (ReadOnlyMemory<byte>)_authority.Certificate.RawData).ToList();

        var allowed = () => _authority.Server.Begin(new PopAgent([leaf, .. padding.Take(4)], key).Data().Payload.Span);
        var tooMany = () => _authority.Server.Begin(new PopAgent([leaf, .. padding], key).Data().Payload.Span);

        allowed.Should().NotThrow();
        tooMany.Should().Throw<GrpcException>().Which.Code.Should().Be(StatusCode.InvalidArgument);
    }

    [Fact]
    public void RsaKeys_AreBelievedUpToTheirLimit()
    {
        using var key = RSA.Create(2048);
        var strict = new PopServer([_authority.Certificate], TimeProvider.System) { MaxRsaKeySize = 2047 };

        var begin = () => strict.Begin(new PopAgent([_authority.Issue("node", key)], key).Data().Payload.Span);

        begin.Should().Throw<GrpcException>().Which.Code.Should().Be(StatusCode.InvalidArgument);
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("{}")]
    [InlineData("{\"rsa_signature\":{\"nonce\":\"AAAA\"},\"ecdsa_signature\":null}")]
    public void Agent_RefusesChallengesThatAreNotForIt(string challenge)
    {
        using var key = Keys.Create();
        var agent = new PopAgent([_authority.Issue("node", key)], key);

        var respond = () => agent.Respond(Encoding.UTF8.GetBytes(challenge));

        respond.Should().Throw<FormatException>();
    }

    private static byte[] ChallengeNonce(int call)
    {
        var challenge = Recording.Read("02-attest-x509pop.jsonl")
            .First(line => line.Call == call && line.Type == AttestAgentResponse.Descriptor.FullName).Parse<AttestAgentResponse>().Challenge;
        var message = JsonDocument.Parse(challenge.Memory).RootElement;
        return (message.GetProperty("rsa_signature") is { ValueKind: JsonValueKind.Object } rsa ? rsa : message.GetProperty("ecdsa_signature"))
            .GetProperty("nonce").GetBytesFromBase64();
    }

    /// <summary>Puts a server of ours in the place of the recorded one.</summary>
    private static (PopAttestation Attestation, byte[] Response) Replay(int call)
    {
        var said = Recording.Read("02-attest-x509pop.jsonl")
            .Where(line => line.Call == call && line.Type == AttestAgentRequest.Descriptor.FullName).Select(line => line.Parse<AttestAgentRequest>()).ToList();
        var leaf = LeafIn(said[0]);
        return (new PopAttestation([leaf], null, Keys.ReadPublic(leaf.PublicKey.Span), ChallengeNonce(call)), said[1].ChallengeResponse.ToByteArray());
    }

    private static DecodedCertificate LeafIn(AttestAgentRequest request) => DecodedCertificate.Decode(
        JsonDocument.Parse(request.Params.Data.Payload.Memory).RootElement.GetProperty("certificates")[0].GetBytesFromBase64());

    private static DecodedCertificate LeafOf(string conversation, string agentPath) => Recording.Read(conversation)
        .Where(line => line.Type == AttestAgentRequest.Descriptor.FullName).Select(line => line.Parse<AttestAgentRequest>())
        .Where(request => request.Params?.Data?.Type == PopAttestation.Type).Select(LeafIn)
        .First(leaf => new PopAttestation([leaf], null, Keys.ReadPublic(leaf.PublicKey.Span)).AgentId(Recording.TrustDomain).Path == agentPath);

    private static SpiffeId GivenId(int call) => SpiffeId.FromApi(Recording.Read("02-attest-x509pop.jsonl")
        .Where(line => line.Call == call && line.Type == AttestAgentResponse.Descriptor.FullName)
        .Select(line => line.Parse<AttestAgentResponse>()).Single(response => response.Result is not null).Result.Svid.Id);

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    /// <summary>An authority as a data centre has one: nothing about it is SPIFFE's.</summary>
    private sealed class TestAuthority
    {
        private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

        public TestAuthority()
        {
            var request = new CertificateRequest("O=Test, CN=Node CA", Keys.Create(), HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
            Certificate = request.CreateSelfSigned(_now.AddMinutes(-5), _now.AddDays(1));
            Server = new PopServer([X509CertificateLoader.LoadCertificate(Certificate.RawData)], TimeProvider.System);
        }

        public X509Certificate2 Certificate { get; }

        public PopServer Server { get; }

        public ReadOnlyMemory<byte> Issue(string commonName, AsymmetricAlgorithm key, params string[] uris) =>
            Issue(commonName, key, X509KeyUsageFlags.DigitalSignature, uris);

        public ReadOnlyMemory<byte> Issue(string commonName, AsymmetricAlgorithm key, X509KeyUsageFlags usage, params string[] uris)
        {
            var request = new CertificateRequest(new X500DistinguishedName($"O=Test, CN={commonName}"), new PublicKey(key), HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("node.test");
            foreach (var uri in uris)
            {
                names.AddUri(new Uri(uri));
            }

            request.CertificateExtensions.Add(names.Build());
            return request.Create(
                Certificate.SubjectName,
                X509SignatureGenerator.CreateForECDsa(Certificate.GetECDsaPrivateKey()!),
                _now.AddMinutes(-5),
                _now.AddHours(1),
                RandomNumberGenerator.GetBytes(8)).RawData;
        }
    }
}
