using System.Security.Cryptography;
using Google.Protobuf;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>What agents do with servers, without anything that agents do besides.</summary>
internal static class TestAgent
{
    /// <summary>Attests with a new join token.</summary>
    public static async Task<X509Svid> JoinAsync(this TestServer server)
    {
        var token = await server.Admin.CallAsync(AgentMethods.CreateJoinToken, new CreateJoinTokenRequest { Ttl = 600 });
        return await server.JoinAsync(token.Value);
    }

    /// <summary>Attests with a join token.</summary>
    public static async Task<X509Svid> JoinAsync(this TestServer server, string token)
    {
        using var key = Keys.Create();
        var caller = await server.CallAsAsync(null);
        var result = await caller.AttestAsync(JoinTokenAttestation.Data(token), SigningRequest.ForAgent(key));
        return X509Svid.FromApi(result.Svid, key);
    }

    /// <summary>Attests with a certificate.</summary>
    public static async Task<X509Svid> ProveAsync(this TestServer server, PopNode node)
    {
        using var key = Keys.Create();
        var caller = await server.CallAsAsync(null);
        var result = await caller.AttestAsync(node.Pop.Data(), SigningRequest.ForAgent(key), node.Pop);
        return X509Svid.FromApi(result.Svid, key);
    }

    /// <summary>Says what an agent says to be attested.</summary>
    /// <exception cref="GrpcException">The server refused.</exception>
    public static async Task<AttestAgentResponse.Types.Result> AttestAsync(
        this TestCaller caller, AttestationData data, byte[] request, PopAgent? pop = null, TimeSpan? limit = null)
    {
        await using var call = caller.Open(AgentMethods.AttestAgent, limit);
        await call.WriteAsync(
            new AttestAgentRequest { Params = new() { Data = data, Params_ = new AgentX509SVIDParams { Csr = ByteString.CopyFrom(request) } } }, CancellationToken.None);
        var answer = await call.ReadAsync(CancellationToken.None);
        if (pop is not null)
        {
            await call.WriteAsync(new AttestAgentRequest { ChallengeResponse = pop.Respond(answer!.Challenge.Span) }, CancellationToken.None);
            answer = await call.ReadAsync(CancellationToken.None);
        }

        call.Complete();
        (await call.ReadAsync(CancellationToken.None)).Should().BeNull("nothing follows after the result");
        return answer!.Result;
    }

    /// <summary>Asks for the next certificate of an agent.</summary>
    public static async Task<X509Svid> RenewAsync(this TestCaller agent)
    {
        using var key = Keys.Create();
        var response = await agent.CallAsync(
            AgentMethods.RenewAgent, new RenewAgentRequest { Params = new AgentX509SVIDParams { Csr = ByteString.CopyFrom(SigningRequest.ForAgent(key)) } });
        return X509Svid.FromApi(response.Svid, key);
    }

    /// <summary>Asks for the SVID of a workload.</summary>
    public static async Task<X509Svid> SignAsync(this TestCaller agent, Spire.Wire.Contracts.Types.Entry entry)
    {
        using var key = Keys.Create();
        var response = await agent.CallAsync(SvidMethods.BatchNewX509SVID, WorkloadRequest(key, entry));
        var result = response.Results.Should().ContainSingle().Subject;
        result.Status.Code.Should().Be(0, "of {0}", result.Status.Message);
        return X509Svid.FromApi(result.Svid, key);
    }

    public static BatchNewX509SVIDRequest WorkloadRequest(ECDsa key, Spire.Wire.Contracts.Types.Entry entry) => new()
    {
        Params = { new NewX509SVIDParams { EntryId = entry.Id, Csr = ByteString.CopyFrom(SigningRequest.ForWorkload(key, SpiffeId.FromApi(entry.SpiffeId))) } },
    };

    /// <summary>Returns an entry of a workload with one selector.</summary>
    public static Spire.Wire.Contracts.Types.Entry Workload(SpiffeId parent, string path, string selector = "uid:1000") => new()
    {
        ParentId = parent.ToApi(),
        SpiffeId = SpiffeId.Of(parent.TrustDomain, path).ToApi(),
        Selectors = { new Selector { Type = "unix", Value = selector } },
    };
}
