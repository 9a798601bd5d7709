using Spire.Wire.Attestation;
using Spire.Wire.Contracts.Agents;

namespace Spire.Wire.Tests.Attestation;

public sealed class JoinTokenAttestationTests
{
    [Fact]
    public void RecordedAttestation_IsTheOneThatWeWouldSend()
    {
        var recorded = Recording.Read("21-real-agent-join-token.jsonl").First(line => line.Type == AttestAgentRequest.Descriptor.FullName)
            .Parse<AttestAgentRequest>().Params.Data;

        var ours = JoinTokenAttestation.Data("30a1faaf-6d35-40f2-b0a0-beba885d7dbb");

        ours.Should().Be(recorded);
        JoinTokenAttestation.TokenIn(recorded.Payload.Span).Should().Be("30a1faaf-6d35-40f2-b0a0-beba885d7dbb");
    }

    [Fact]
    public void AgentId_ContainsTheToken()
    {
        JoinTokenAttestation.AgentId(Recording.TrustDomain, "3edcac20").ToString().Should().Be("spiffe://bench.test/spire/agent/join_token/3edcac20");
    }

    [Fact]
    public void Token_ThatNoPathCanContain_IsRefused()
    {
        var id = () => JoinTokenAttestation.AgentId(Recording.TrustDomain, "white space");

        id.Should().Throw<FormatException>();
    }
}
