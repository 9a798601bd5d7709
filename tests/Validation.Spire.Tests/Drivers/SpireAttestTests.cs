using Spire.Wire.Contracts.Agents;
using Validation.Core.Loads;
using Validation.Spire.Drivers;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Drivers;

public sealed class SpireAttestTests : IAsyncLifetime
{
    private ScriptedSpire? _spire;

    private ScriptedSpire Spire => _spire!;

    public async Task InitializeAsync() => _spire = await ScriptedSpire.StartAsync();

    public async Task DisposeAsync() => await Spire.DisposeAsync();

    [Fact]
    public async Task Operations_OneAfterTheOther_AreTheNodesInTurnEachOnANewConnection()
    {
        await using var load = await Spire.PrepareAsync(new SpireAttest(), ("nodes", 2));
        for (var i = 0; i < 4; i++)
        {
            (await Spire.RunAsync(load, i)).Should().Be(Outcome.Success);
        }

        var calls = Spire.CallsOf("AttestAgent");
        var nodes = calls.Select(call => Convert.ToHexString(TodaysAnswers.LeafIn((AttestAgentRequest)call.Request))).ToList();
        nodes.Distinct().Should().HaveCount(2);
        nodes.Skip(2).Should().Equal(nodes.Take(2));
        calls.Select(call => call.Connection).Should().OnlyHaveUniqueItems();
        calls.Select(call => ((AttestAgentRequest)call.Request).Params.Params_.Csr).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Operation_ServerThatDoesNotEndTheCall_IsAnsweredWhenTheSvidIsHere()
    {
        await using var load = await Spire.PrepareAsync(new SpireAttest());
        Spire.Script = call => call.Name == "AttestAgent" ? AttestAndStayAsync : Spire.Today.To(call);
        var operation = new Operation(0, Spire.Clock);

        var outcome = await ((IFiredLoad)load).RunAsync(operation, CancellationToken.None);

        outcome.Should().Be(Outcome.Success);
        Spire.Clock.GetElapsedTime(operation.AnsweredTimestamp!.Value).Should().BeGreaterThan(TimeSpan.FromMilliseconds(500), "the waiting for the end is not measured");
    }

    private async Task AttestAndStayAsync(Exchange exchange)
    {
        await Spire.Today.AttestAsync(exchange);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, exchange.CancellationToken);
    }
}
