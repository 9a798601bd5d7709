using Spire.Wire.Contracts.Entries;
using Spire.Wire.Grpc;
using Validation.Core.Loads;
using Validation.Spire.Agents;
using Validation.Spire.Drivers;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Agents;

public sealed class SpireAgentsTests : IAsyncLifetime
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ScriptedBook _book = new();
    private ScriptedSpire? _spire;
    private IPopulation? _population;

    private ScriptedSpire Spire => _spire!;

    public async Task InitializeAsync() => _spire = await ScriptedSpire.StartAsync(servers: 2);

    public async Task DisposeAsync()
    {
        if (_population is not null)
        {
            await _population.DisposeAsync();
        }

        await Spire.DisposeAsync();
    }

    [Fact]
    public async Task Life_FromItsBeginning_AttestsSyncsSignsAndSyncsAgain()
    {
        await BeginAsync(1);

        var life = new[] { await _book.NextAsync(), await _book.NextAsync(), await _book.NextAsync(), await _book.NextAsync() };

        life.Select(fired => fired.Operation).Should().Equal(AgentOperation.Attest, AgentOperation.Sync, AgentOperation.Sign, AgentOperation.Sync);
        life.Should().OnlyContain(fired => fired.Outcome.Succeeded);
        Spire.Notebook.Svids.Should().HaveCount(2).And.OnlyContain(check => check == Core.Recording.SvidCheck.Verified);
    }

    [Fact]
    public async Task Life_WithoutNews_SyncsEveryIntervalGiveOrTakeATenthAndSignsNothing()
    {
        await BeginAsync(1);
        await _book.NextAsync(AgentOperation.Sign);
        var last = await _book.NextAsync();

        for (var i = 0; i < 20; i++)
        {
            var next = await _book.NextAsync();

            next.Operation.Should().Be(AgentOperation.Sync);
            (next.Due - last.Due).Should().BeGreaterThanOrEqualTo(Interval * 0.9).And.BeLessThanOrEqualTo(Interval * 1.1);
            last = next;
        }

        Spire.CallsOf("PostStatus").Should().HaveCount(1);
        Spire.CallsOf("SyncAuthorizedEntries").Select(call => call.Connection).Distinct().Should().HaveCount(1, "an agent keeps its connection");
    }

    [Fact]
    public async Task Agents_WithAddressesOfTheirOwn_AttestAndConnectFromThem()
    {
        await BeginAsync(3, addresses: AgentAddresses.OneEach);

        for (var i = 0; i < 9; i++)
        {
            (await _book.NextAsync()).Outcome.Should().Be(Outcome.Success);
        }

        Spire.Sources.GroupBy(source => source).Select(group => group.Count()).Should().Equal([2, 2, 2], "each attests on one connection and keeps the other");
    }

    [Fact]
    public async Task Entry_RegisteredMeanwhile_IsSignedRightAfterTheNextSync()
    {
        await BeginAsync(1);
        await _book.NextAsync(AgentOperation.Sign);
        Spire.Today.Register("/harness/late");

        var sync = await _book.NextAsync(AgentOperation.Sync);
        var sign = await _book.NextAsync();

        sign.Operation.Should().Be(AgentOperation.Sign);
        sign.Due.Should().Be(sync.Due);
        sign.Outcome.Should().Be(Outcome.Success);
    }

    [Fact]
    public async Task Agents_WithTimeToStart_AttestOneAfterTheOther()
    {
        await BeginAsync(4, TimeSpan.FromSeconds(8));

        _book.Planned.Select(planned => planned.Due.TotalSeconds).Should().Equal(0, 2, 4, 6);
    }

    [Fact]
    public async Task Agent_WithHalfItsLifeOver_AttestsAnewAndShowsItsNewSvid()
    {
        Spire.Today.AgentAge = TimeSpan.FromMinutes(40);
        await BeginAsync(1);
        await _book.NextAsync(AgentOperation.Sync);
        var old = Spire.CallsOf("SyncAuthorizedEntries")[^1];
        Spire.Today.AgentAge = TimeSpan.Zero;

        var renewal = await _book.NextAsync(AgentOperation.Renew);
        await _book.NextAsync(AgentOperation.Sync);

        renewal.Outcome.Should().Be(Outcome.Success);
        renewal.Due.Should().Be(AgentRhythm.RotationCheck, "SPIRE's agent looks every five seconds");
        var fresh = Spire.CallsOf("SyncAuthorizedEntries")[^1];
        fresh.Serial.Should().NotBe(old.Serial);
        fresh.Connection.Should().NotBe(old.Connection);
    }

    [Fact]
    public async Task Agent_WhoseAuthorityIsTainted_ReplacesItsOwnSvidAndThoseOfItsEntriesAfterTheNextSync()
    {
        await BeginAsync(1);
        await _book.NextAsync(AgentOperation.Sign);
        Spire.Today.Bundle = Spire.Today.Bundle with { X509Authorities = [.. Spire.Today.Bundle.X509Authorities.Select(authority => authority with { Tainted = true })] };

        var sync = await _book.NextAsync(AgentOperation.Sync);
        var replaced = new[] { await _book.NextAsync(), await _book.NextAsync() };

        replaced.Select(fired => fired.Operation).Should().BeEquivalentTo([AgentOperation.Renew, AgentOperation.Sign]);
        replaced.Should().OnlyContain(fired => fired.Outcome.Succeeded && fired.Due == sync.Due);
    }

    [Fact]
    public async Task Agent_ThatCannotRenew_TriesAgainAfterGrowingWaits()
    {
        Spire.Today.AgentAge = TimeSpan.FromMinutes(40);
        await BeginAsync(1);
        await _book.NextAsync(AgentOperation.Sync);
        Refuse("AttestAgent", new GrpcStatus(StatusCode.Unavailable, "no database"));

        var first = await _book.NextAsync(AgentOperation.Renew);
        var second = await _book.NextAsync(AgentOperation.Renew);
        var third = await _book.NextAsync(AgentOperation.Renew);

        first.Outcome.Failure.Should().Be("unavailable");
        Between(first, second).Should().BeApproximately(5, 0.5);
        Between(second, third).Should().BeApproximately(7.5, 0.75);
    }

    [Theory]
    [InlineData("11/17", "agent-not-attested")]
    [InlineData("03/4", "agent-not-active")]
    public async Task Agent_ThatIsToldSo_AttestsAgainAtOnceAndGoesOn(string recorded, string failure)
    {
        await BeginAsync(1);
        await _book.NextAsync(AgentOperation.Sign);
        Refuse("SyncAuthorizedEntries", Exchange.StatusOf(Recorded.Call(recorded).Failure!));

        var denied = await _book.NextAsync();
        Spire.Script = call => Spire.Today.To(call);
        var attested = await _book.NextAsync();
        var synced = await _book.NextAsync();

        denied.Outcome.Failure.Should().Be(failure);
        (attested.Operation, attested.Due).Should().Be((AgentOperation.Attest, denied.Due));
        (synced.Operation, synced.Outcome.Succeeded).Should().Be((AgentOperation.Sync, true));
    }

    [Fact]
    public async Task Agent_ThatIsBanned_SaysSoAndWaitsBeforeItAsksAgain()
    {
        await BeginAsync(1);
        await _book.NextAsync(AgentOperation.Sign);
        var banned = Exchange.StatusOf(Recorded.Call("11/11").Failure!);
        Refuse("SyncAuthorizedEntries", banned);

        var denied = await _book.NextAsync();
        Refuse("AttestAgent", new GrpcStatus(StatusCode.PermissionDenied, "failed to attest: agent is banned"));
        var again = await _book.NextAsync();

        denied.Outcome.Failure.Should().Be("agent-banned");
        (again.Operation, again.Outcome.Failure).Should().Be((AgentOperation.Attest, "agent-banned"));
        Between(denied, again).Should().BeApproximately(5, 0.5);
    }

    [Fact]
    public async Task Sync_ThatFails_IsRepeatedOnANewConnectionAfterGrowingWaits()
    {
        await BeginAsync(1);
        await _book.NextAsync(AgentOperation.Sign);
        Refuse("SyncAuthorizedEntries", new GrpcStatus(StatusCode.Internal, "no database"));

        var first = await _book.NextAsync();
        var second = await _book.NextAsync();
        var third = await _book.NextAsync();

        first.Outcome.Failure.Should().Be("internal");
        Between(first, second).Should().BeApproximately(5, 0.5);
        Between(second, third).Should().BeApproximately(7.5, 0.75);
        Spire.CallsOf("SyncAuthorizedEntries").TakeLast(3).Select(call => call.Connection).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Signature_ThatOneServerCannotGiveYet_IsAskedForAgainSoon()
    {
        await BeginAsync(1);
        await _book.NextAsync(AgentOperation.Sync);
        Spire.Script = call => call.Name == "BatchNewX509SVID"
            ? Exchange.Of(new global::Spire.Wire.Contracts.Svids.BatchNewX509SVIDResponse { Results = { new global::Spire.Wire.Contracts.Svids.BatchNewX509SVIDResponse.Types.Result { Status = new() { Code = (int)StatusCode.NotFound, Message = "entry not found or not authorized" } } } })
            : Spire.Today.To(call);

        var refused = await _book.NextAsync();
        Spire.Script = call => Spire.Today.To(call);
        var signed = await _book.NextAsync();

        (refused.Operation, refused.Outcome.Failure).Should().Be((AgentOperation.Sign, "not-found"));
        (signed.Operation, signed.Outcome.Succeeded).Should().Be((AgentOperation.Sign, true));
        Between(refused, signed).Should().BeApproximately(0.5, 0.05);
    }

    [Fact]
    public async Task Signature_OfAnotherKey_DoesNotVerify()
    {
        await BeginAsync(1);
        await _book.NextAsync(AgentOperation.Sync);
        Spire.Script = call => call.Name == "BatchNewX509SVID" ? SignForSomebodyElseAsync : Spire.Today.To(call);

        (await _book.NextAsync()).Outcome.Failure.Should().Be("svid-does-not-verify");
    }

    [Fact]
    public async Task Entries_OnSeveralPages_AreAskedForByWhatChanged()
    {
        // With the alias of all virtual nodes there are five.
        await BeginAsync(1, entries: 4);
        Spire.Script = call => call.Name == "SyncAuthorizedEntries" ? SyncInPagesAsync : Spire.Today.To(call);

        (await _book.NextAsync(AgentOperation.Sync)).Outcome.Should().Be(Outcome.Success);
        (await _book.NextAsync(AgentOperation.Sync)).Outcome.Should().Be(Outcome.Success);

        var (first, second) = (IdsAskedFor(Spire.CallsOf("SyncAuthorizedEntries")[0]), IdsAskedFor(Spire.CallsOf("SyncAuthorizedEntries")[1]));
        first.Select(ids => ids.Count).Should().Equal([2, 2, 1], "a request is no longer than the server's first page");
        second.Should().BeEmpty("nothing had changed");
    }

    private static List<IReadOnlyList<string>> IdsAskedFor(SeenCall call) =>
    [
        .. call.Steps.Where(step => step.IsFromClient).Select(step => step.Message).OfType<SyncAuthorizedEntriesRequest>().Skip(1).Select(request => request.Ids),
    ];

    private static double Between(Fired one, Fired other) => (other.Due - one.Due).TotalSeconds;

    private async Task BeginAsync(int agents, TimeSpan startOver = default, int entries = 1, AgentAddresses addresses = AgentAddresses.Shared)
    {
        _population = (IPopulation)await Spire.PrepareAsync(new SpireAgents(), ("agents", agents), ("start-over", startOver), ("entries", entries), ("addresses", addresses));
        _population.Begin(_book);
    }

    private void Refuse(string method, GrpcStatus status)
    {
        var before = Spire.Script;
        Spire.Script = call => call.Name == method ? exchange => RefuseAsync(exchange, status) : before(call);
    }

    private static async Task RefuseAsync(Exchange exchange, GrpcStatus status)
    {
        await exchange.ReadAsync();
        throw new GrpcException(status);
    }

    private async Task SignForSomebodyElseAsync(Exchange exchange)
    {
        var request = await exchange.ReadAsync<global::Spire.Wire.Contracts.Svids.BatchNewX509SVIDRequest>();
        using var other = global::Spire.Wire.Certificates.Keys.Create();
        await exchange.WriteAsync(Spire.Today.Sign(request, (_, id) => Spire.Today.Issue(other.ExportSubjectPublicKeyInfo(), id)));
    }

    /// <summary>Tells the revisions, two on each page, then whatever is asked for.</summary>
    private async Task SyncInPagesAsync(Exchange exchange)
    {
        await exchange.ReadAsync<SyncAuthorizedEntriesRequest>();
        var ids = Spire.Today.Entries.Order(StringComparer.Ordinal).Chunk(2).ToArray();
        for (var page = 0; page < ids.Length; page++)
        {
            await exchange.WriteAsync(new SyncAuthorizedEntriesResponse
            {
                EntryRevisions = { ids[page].Select(id => new EntryRevision { Id = id, CreatedAt = Spire.Today.Find(id).CreatedAt }) },
                More = page < ids.Length - 1,
            });
        }

        while (await exchange.ReadAsync() is SyncAuthorizedEntriesRequest request)
        {
            await exchange.WriteAsync(new SyncAuthorizedEntriesResponse { Entries = { request.Ids.Select(Spire.Today.Find) } });
        }
    }
}
