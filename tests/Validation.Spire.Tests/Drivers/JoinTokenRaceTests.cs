using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc;
using Validation.Core.Running;
using Validation.Spire.Drivers;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Drivers;

public sealed class JoinTokenRaceTests : IAsyncLifetime
{
    private const int Attempts = 6;

    private ScriptedSpire? _spire;
    private int _letIn;

    private ScriptedSpire Spire => _spire!;

    public async Task InitializeAsync() => _spire = await ScriptedSpire.StartAsync(servers: 3);

    public async Task DisposeAsync() => await Spire.DisposeAsync();

    [Theory]
    [InlineData(1, "ok")]
    [InlineData(2, "wrong-answer")]
    [InlineData(0, "invalid-argument")]
    public async Task Operation_SoManyLetIn_IsRecordedAndOnlyOneIsRight(int places, string outcome)
    {
        Spire.Script = call => call.Name switch
        {
            "CreateJoinToken" => Exchange.Of(new JoinToken { Value = "token" }),
            "AttestAgent" => exchange => AttestAsync(exchange, places),
            _ => Spire.Today.To(call),
        };
        await using var load = await Spire.PrepareAsync(new JoinTokenRace(), ("attempts", Attempts));

        var answer = await Spire.RunAsync(load);

        (answer.Failure ?? "ok").Should().Be(outcome);
        Spire.Notebook.Facts.OfType<JoinTokenRaced>().Should().Equal(new JoinTokenRaced(Attempts, places));
        Spire.CallsOf("AttestAgent").Select(call => call.Connection).Should().OnlyHaveUniqueItems();
    }

    private async Task AttestAsync(Exchange exchange, int places)
    {
        var first = await exchange.ReadAsync<AttestAgentRequest>();
        first.Params.Data.Payload.ToStringUtf8().Should().Be("token");
        if (Interlocked.Increment(ref _letIn) > places)
        {
            throw new GrpcException(StatusCode.InvalidArgument, "failed to attest: join token does not exist or has already been used");
        }

        var key = SigningRequest.Parse(first.Params.Params_.Csr.Memory).PublicKey;
        var svid = Spire.Today.Issue(key, SpiffeId.Of(ScriptedSpire.Domain, "/spire/agent/join_token/token"));
        await exchange.WriteAsync(new AttestAgentResponse { Result = new AttestAgentResponse.Types.Result { Svid = svid } });
    }
}
