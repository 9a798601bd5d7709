using EmbeddedSpire.Tests.Server.Running;
using Google.Protobuf;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Tests.Server.Scenarios;

/// <summary>What a server does while its database refuses, hangs, or comes back. The codes and texts are those of a real one.</summary>
public sealed class DatabaseOutageTests
{
    private const string LookUpFailed = "unable to look up agent information: " + Refused;
    private const string Refused = "datastore-sql: dial tcp: connect: connection refused";

    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    [SkippableFact]
    public async Task Calls_WhileTheDatabaseRefuses_FailAsThoseOfARealServer()
    {
        await using var scene = await OutageScene.SetAsync();
        var server = scene.Server;
        var agent = scene.Agent;
        scene.Relay.Refuse();
        // The copy of the bundle is good for a second.
        await Task.Delay(1.1 * OneSecond, TimeProvider.System);

        foreach (var (call, text) in AgentCalls(scene))
        {
            (await FailureOfAsync(call(agent, null))).Should().Be((StatusCode.Internal, text), "of {0}", text);
        }

        (await FailureOfAsync(server.Admin.CallAsync(AgentMethods.CreateJoinToken, new CreateJoinTokenRequest { Ttl = 60 })))
            .Should().Be((StatusCode.Internal, $"failed to create token: {Refused}"));
        (await FailureOfAsync(server.Admin.CallAsync(EntryMethods.CountEntries, new CountEntriesRequest())))
            .Should().Be((StatusCode.Internal, $"failed to count entries: {Refused}"));
        (await FailureOfAsync(scene.Nobody.CallAsync(BundleMethods.GetBundle, new GetBundleRequest())))
            .Should().Be((StatusCode.Internal, $"failed to fetch bundle: {Refused}"));
        (await FailureOfAsync(AttestAsync(scene.Nobody, null))).Code.Should().Be(StatusCode.Internal);
    }

    [SkippableFact]
    public async Task BatchesAndMemory_WhileTheDatabaseRefuses_AnswerWithoutFailing()
    {
        await using var scene = await OutageScene.SetAsync();
        var server = scene.Server;
        scene.Relay.Refuse();

        var created = await server.Admin.CallAsync(EntryMethods.BatchCreateEntry, new BatchCreateEntryRequest { Entries = { TestAgent.Workload(scene.Svid.Id, "/wl2") } });
        created.Results.Single().Status.Should().BeEquivalentTo(new Status { Code = (int)StatusCode.Internal, Message = $"failed to create entry: {Refused}" });
        (await server.Admin.CallAsync(HealthMethods.Check, new HealthCheckRequest())).Status.Should().Be(HealthCheckResponse.Types.ServingStatus.NotServing);
        using var key = Keys.Create();
        var request = SigningRequest.ForWorkload(key, SpiffeId.Of(TestServer.TrustDomain, "/minted"));
        var minted = await server.Admin.CallAsync(SvidMethods.MintX509SVID, new MintX509SVIDRequest { Csr = ByteString.CopyFrom(request) });
        minted.Svid.Id.Path.Should().Be("/minted", "signing needs no database");
    }

    [SkippableFact]
    public async Task NewConnections_WhileTheDatabaseRefuses_AreRefusedToThoseWithACertificateOnly()
    {
        await using var scene = await OutageScene.SetAsync();
        var server = scene.Server;
        scene.Relay.Refuse();
        await Task.Delay(1.1 * OneSecond, TimeProvider.System);

        using var withCertificate = server.Channel(scene.Svid, scene.Bundle);
        using var without = server.Channel(null, scene.Bundle);

        (await FailureOfAsync(SyncAsync(new TestCaller(withCertificate), null))).Code.Should().Be(StatusCode.Unavailable);
        (await FailureOfAsync(new TestCaller(without).CallAsync(BundleMethods.GetBundle, new GetBundleRequest()))).Code.Should().Be(StatusCode.Internal);
    }

    [SkippableFact]
    public async Task Calls_WhileTheDatabaseHangs_EndAtTheirDeadline()
    {
        await using var scene = await OutageScene.SetAsync();
        var server = scene.Server;
        var agent = scene.Agent;
        scene.Relay.Hang();

        var calls = AgentCalls(scene).Select(call => call.Call(agent, OneSecond))
            .Append(server.Admin.CallAsync(EntryMethods.CountEntries, new CountEntriesRequest(), OneSecond))
            .Append(server.Admin.CallAsync(AgentMethods.CreateJoinToken, new CreateJoinTokenRequest { Ttl = 60 }, OneSecond))
            .Append(AttestAsync(scene.Nobody, OneSecond));
        var failures = await Task.WhenAll(calls.Select(FailureOfAsync));

        failures.Should().OnlyContain(failure => failure.Code == StatusCode.DeadlineExceeded);
    }

    [SkippableFact]
    public async Task NewConnections_WhileTheDatabaseHangs_HangUntilItAnswers()
    {
        await using var scene = await OutageScene.SetAsync();
        var server = scene.Server;
        scene.Relay.Hang();
        await Task.Delay(1.1 * OneSecond, TimeProvider.System);

        using var withCertificate = server.Channel(scene.Svid, scene.Bundle);
        (await FailureOfAsync(SyncAsync(new TestCaller(withCertificate), OneSecond))).Code.Should().Be(StatusCode.DeadlineExceeded);
        using var patient = server.Channel(scene.Svid, scene.Bundle);
        var sync = SyncAsync(new TestCaller(patient), null);
        await Task.Delay(OneSecond, TimeProvider.System);
        sync.IsCompleted.Should().BeFalse();
        scene.Relay.Restore();

        await sync;
    }

    [SkippableFact]
    public async Task Calls_AfterTheDatabaseCameBack_Succeed()
    {
        await using var scene = await OutageScene.SetAsync();
        var server = scene.Server;
        var agent = scene.Agent;
        scene.Relay.Refuse();
        await FailureOfAsync(server.Admin.CallAsync(EntryMethods.CountEntries, new CountEntriesRequest()));
        scene.Relay.Restore();

        await SyncAsync(agent, null);
        (await server.Admin.CallAsync(EntryMethods.CountEntries, new CountEntriesRequest())).Count.Should().Be(1);
        await server.JoinAsync();
    }

    [SkippableFact]
    public async Task Calls_AfterIdleConnectionsWereCut_DoNotNotice()
    {
        await using var scene = await OutageScene.SetAsync();
        var server = scene.Server;
        var agent = scene.Agent;
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => server.Admin.CallAsync(EntryMethods.CountEntries, new CountEntriesRequest())));
        for (var round = 0; round < 5; round++)
        {
            scene.Relay.Cut();
            await SyncAsync(agent, null);
            await server.Admin.CallAsync(EntryMethods.CountEntries, new CountEntriesRequest());
        }
    }

    [SkippableFact]
    public async Task Entries_WhileTheDatabaseRefuses_StayAsTheyWere()
    {
        await using var scene = await OutageScene.SetAsync();
        var agent = scene.Agent;
        scene.Relay.Refuse();
        // Several times the interval at which they are read.
        await Task.Delay(OneSecond, TimeProvider.System);
        scene.Relay.Restore();

        (await agent.CallAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest())).Entries.Should().ContainSingle();
    }

    [SkippableFact]
    public async Task Server_WhoseDatabaseRefuses_DoesNotStart()
    {
        await using var scene = await OutageScene.SetAsync();
        scene.Relay.Refuse();

        var start = () => TestServer.StartAsync(new TestServerOptions { ConnectionString = scene.Database.ConnectionStringBy(scene.Relay) });

        (await start.Should().ThrowAsync<EmbeddedSpire.Server.Storage.DatastoreException>()).Which.Message.Should().Contain("connection refused");
    }

    [SkippableFact]
    public async Task Transactions_WhereWritingMustBeAskedFor_AreAskedForWriting()
    {
        await using var scene = await OutageScene.SetAsync();
        var server = scene.Server;
        await scene.Database.ExecuteAsync($"ALTER DATABASE {scene.Database.Name} SET default_transaction_read_only = on");
        scene.Relay.Cut();

        var token = () => server.Admin.CallAsync(AgentMethods.CreateJoinToken, new CreateJoinTokenRequest { Ttl = 60 });

        await token.Should().NotThrowAsync("SPIRE begins its transactions with READ WRITE");
    }

    private static IEnumerable<(Func<TestCaller, TimeSpan?, Task> Call, string Text)> AgentCalls(OutageScene scene)
    {
        using var key = Keys.Create();
        var signing = TestAgent.WorkloadRequest(key, scene.Entry);
        yield return (SyncAsync, LookUpFailed);
        yield return ((agent, limit) => agent.CallAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest(), limit), LookUpFailed);
        yield return ((agent, limit) => agent.CallAsync(SvidMethods.BatchNewX509SVID, signing, limit), LookUpFailed);
        yield return ((agent, limit) => agent.CallAsync(SvidMethods.NewJWTSVID, new NewJWTSVIDRequest { EntryId = scene.Entry.Id, Audience = { "a" } }, limit), LookUpFailed);
        yield return ((agent, limit) => agent.CallAsync(AgentMethods.PostStatus, new PostStatusRequest { AgentVersion = "1" }, limit), LookUpFailed);
        yield return ((agent, limit) => agent.CallAsync(AgentMethods.RenewAgent, new RenewAgentRequest(), limit), LookUpFailed);
    }

    private static async Task SyncAsync(TestCaller agent, TimeSpan? limit)
    {
        await using var call = agent.Open(EntryMethods.SyncAuthorizedEntries, limit);
        await call.WriteAsync(new SyncAuthorizedEntriesRequest { OutputMask = new EntryMask { RevisionNumber = true } }, CancellationToken.None);
        (await call.ReadAsync(CancellationToken.None)).Should().NotBeNull();
        call.Complete();
        (await call.ReadAsync(CancellationToken.None)).Should().BeNull();
    }

    private static async Task AttestAsync(TestCaller nobody, TimeSpan? limit)
    {
        using var key = Keys.Create();
        await nobody.AttestAsync(JoinTokenAttestation.Data("any"), SigningRequest.ForAgent(key), limit: limit);
    }

    private static async Task<(StatusCode Code, string Text)> FailureOfAsync(Task call)
    {
        var waiting = () => call;
        var failure = (await waiting.Should().ThrowAsync<GrpcException>()).Which;
        return (failure.Code, failure.Status.Message);
    }
}
