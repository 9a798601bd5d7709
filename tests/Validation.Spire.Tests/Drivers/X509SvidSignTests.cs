using Spire.Wire.Contracts.Svids;
using Spire.Wire.Grpc;
using Validation.Core.Loads;
using Validation.Core.Running;
using Validation.Spire.Drivers;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Drivers;

public sealed class X509SvidSignTests : IAsyncLifetime
{
    private const string Sign = "BatchNewX509SVID";

    private ScriptedSpire? _spire;

    private ScriptedSpire Spire => _spire!;

    public async Task InitializeAsync() => _spire = await ScriptedSpire.StartAsync(servers: 2);

    public async Task DisposeAsync() => await Spire.DisposeAsync();

    [Fact]
    public async Task Operations_OneAfterTheOther_AreDoneByAgentsInTurn()
    {
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 3));

        var calls = await RunAsync(load, 6);

        calls.Take(3).Select(call => call.Caller).Should().OnlyHaveUniqueItems();
        calls.Skip(3).Select(call => call.Caller).Should().Equal(calls.Take(3).Select(call => call.Caller));
    }

    [Fact]
    public async Task Operations_OfOneAgent_ShareItsConnection()
    {
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 2));

        var calls = await RunAsync(load, 8);

        calls.GroupBy(call => call.Caller).Should().HaveCount(2).And.OnlyContain(agent => agent.Select(call => call.Connection).Distinct().Count() == 1);
    }

    [Fact]
    public async Task Operations_AllOfThem_HaveKeysOfTheirOwn()
    {
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 1));

        var calls = await RunAsync(load, 5);

        calls.Select(call => ((BatchNewX509SVIDRequest)call.Request).Params[0].Csr).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Preparation_BeforeItEnds_HasAskedEveryServerAsEveryAgent()
    {
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 2));

        Spire.CallsOf(Sign).Select(call => (call.Place, call.Caller)).Distinct().Should().HaveCount(4);
    }

    [Fact]
    public async Task Operation_AfterOneThatFailed_HasANewConnection()
    {
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        await RunAsync(load, 1);
        var status = Exchange.StatusOf(Recorded.Call("21/9").Failure!);
        Spire.Script = call => call.Name == Sign ? Exchange.Of(status) : Spire.Today.To(call);
        var failed = (await RunAsync(load, 1))[0];
        Spire.Script = call => Spire.Today.To(call);

        var next = (await RunAsync(load, 1))[0];

        next.Connection.Should().NotBe(failed.Connection);
        next.Place.Should().NotBe(failed.Place, "the load balancer chose another server");
    }

    [Fact]
    public async Task Operation_AfterOneWhoseTimeWasOver_HasANewConnection()
    {
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        var isReached = new TaskCompletionSource();
        Spire.Script = call => call.Name == Sign ? exchange => HangAsync(exchange, isReached) : Spire.Today.To(call);
        using var deadline = new CancellationTokenSource();
        var hanging = ((IFiredLoad)load).RunAsync(new Operation(0, Spire.Clock), deadline.Token).AsTask();
        await isReached.Task;
        await deadline.CancelAsync();
        await hanging.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        var hung = Spire.CallsOf(Sign)[^1];
        Spire.Script = call => Spire.Today.To(call);

        var next = (await RunAsync(load, 1))[0];

        next.Connection.Should().NotBe(hung.Connection);
    }

    [Fact]
    public async Task Agent_WhoseSvidIsHalfOver_AttestsAgainBesideItsOperations()
    {
        Spire.Today.AgentAge = TimeSpan.FromMinutes(40);
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        var before = Spire.CallsOf("AttestAgent").Count;

        (await Spire.RunAsync(load)).Should().Be(Outcome.Success);

        await UntilAsync(() => Spire.CallsOf("AttestAgent").Count == before + 1);
    }

    [Fact]
    public async Task Agent_ThatCannotAttestAgain_GoesOnWithTheSvidItHas()
    {
        Spire.Today.AgentAge = TimeSpan.FromMinutes(40);
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        Spire.Script = call => call.Name == "AttestAgent" ? Exchange.Of(new GrpcStatus(StatusCode.Unavailable, "no database")) : Spire.Today.To(call);

        (await Spire.RunAsync(load)).Should().Be(Outcome.Success);
        await UntilAsync(() => Spire.Notebook.Facts.Contains(new FailureSeen("renewal", "attestation", "Unavailable: no database")));
        (await Spire.RunAsync(load)).Should().Be(Outcome.Success);
    }

    [Theory]
    [InlineData("11/17", true)]
    [InlineData("03/4", true)]
    [InlineData("03/8", true)]
    [InlineData("11/11", false)]
    [InlineData("10/2", false)]
    public async Task Agent_ThatIsDenied_AttestsAgainUnlessItIsBannedOrNoReasonIsGiven(string recorded, bool attestsAgain)
    {
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        var serial = (await RunAsync(load, 1))[0].Serial;
        var status = Exchange.StatusOf(Recorded.Call(recorded).Failure!);
        Spire.Script = call => call.Name == Sign && call.Serial == serial ? Exchange.Of(status) : Spire.Today.To(call);

        (await Spire.RunAsync(load)).Failure.Should().Be("permission-denied", "what the server denied is not to be hidden");

        if (attestsAgain)
        {
            await UntilAsync(() => Spire.CallsOf("AttestAgent").Count == 2);
            await UntilAsync(async () => (await Spire.RunAsync(load)).Succeeded);
        }
        else
        {
            (await Spire.RunAsync(load)).Failure.Should().Be("permission-denied");
            Spire.CallsOf("AttestAgent").Should().HaveCount(1);
        }
    }

    [Fact]
    public async Task Operation_OvertakenByItsAgentsOwnAttestation_IsDoneAgainWithTheNewSvid()
    {
        Spire.Today.AgentAge = TimeSpan.FromMinutes(40);
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        var old = Spire.CallsOf(Sign)[^1].Serial;
        var denial = Exchange.StatusOf(Recorded.Call("03/9").Failure!);
        Spire.Today.AgentAge = TimeSpan.Zero;

        // Servers refuse the old SVID from the moment they have signed the new one; the call comes to one just then.
        Spire.Script = call => call.Name == Sign && call.Serial == old
            ? exchange => DenyAfterAttestationAsync(exchange, denial)
            : Spire.Today.To(call);

        (await Spire.RunAsync(load)).Should().Be(Outcome.Success);

        Spire.CallsOf(Sign)[^1].Serial.Should().NotBe(old);
    }

    private static async Task HangAsync(Exchange exchange, TaskCompletionSource isReached)
    {
        isReached.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, exchange.CancellationToken);
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }

    private async Task DenyAfterAttestationAsync(Exchange exchange, GrpcStatus denial)
    {
        await UntilAsync(() => Spire.CallsOf("AttestAgent").Count == 2);
        await Exchange.Of(denial)(exchange);
    }

    /// <summary>Runs operations and returns their calls.</summary>
    private async Task<IReadOnlyList<SeenCall>> RunAsync(IPreparedLoad load, int operations)
    {
        var before = Spire.CallsOf(Sign).Count;
        for (var i = 0; i < operations; i++)
        {
            await Spire.RunAsync(load, i);
        }

        return [.. Spire.CallsOf(Sign).Skip(before)];
    }
}
