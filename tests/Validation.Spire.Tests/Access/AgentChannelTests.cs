using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Client.Lean;
using Validation.Spire.Access;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Access;

public sealed class AgentChannelTests : IAsyncLifetime
{
    private ScriptedSpire? _spire;
    private SpireSession? _session;

    private ScriptedSpire Spire => _spire!;

    public async Task InitializeAsync()
    {
        _spire = await ScriptedSpire.StartAsync();
        _session = await SpireSession.OpenAsync(Spire.Site(), CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        _session!.Dispose();
        await Spire.DisposeAsync();
    }

    [Fact]
    public async Task Use_ManyAtOnce_ShareOneConnection()
    {
        using var channel = Open();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => channel.UseAsync(CreateAsync)));

        Spire.Dials.Should().Be(1);
    }

    [Fact]
    public async Task Use_ManyThatFailTogether_DialOnceMore()
    {
        using var channel = Open();
        await channel.UseAsync(CreateAsync);
        var all = new TaskCompletionSource();
        var waiting = 0;
        Spire.Script = _ => async exchange =>
        {
            if (Interlocked.Increment(ref waiting) == 10)
            {
                all.SetResult();
            }

            await all.Task;
            await Exchange.Of(new GrpcStatus(StatusCode.Internal, "no database"))(exchange);
        };
        var failing = Enumerable.Range(0, 10).Select(_ => channel.UseAsync(CreateAsync)).ToList();
        foreach (var call in failing)
        {
            await call.Invoking(task => task).Should().ThrowAsync<GrpcException>();
        }

        Spire.Script = call => Spire.Today.To(call);
        await channel.UseAsync(CreateAsync);

        Spire.Dials.Should().Be(2);
    }

    [Fact]
    public async Task Use_CallThatRunsWhileAnotherFails_Finishes()
    {
        using var channel = Open();
        var isReached = new TaskCompletionSource();
        var mayGoOn = new TaskCompletionSource();
        Spire.Script = call => async exchange =>
        {
            isReached.TrySetResult();
            await mayGoOn.Task;
            await Spire.Today.To(call)(exchange);
        };
        var running = channel.UseAsync(CreateAsync);
        await isReached.Task;

        var failing = () => channel.UseAsync<int>(_ => throw new GrpcException(StatusCode.Unavailable, "cut"));
        await failing.Should().ThrowAsync<GrpcException>();
        mayGoOn.SetResult();

        (await running).Results.Should().HaveCount(1);
    }

    [Fact]
    public async Task Use_AfterAFailure_ClosesTheOldConnectionWhenNobodyNeedsIt()
    {
        using var channel = Open();
        UnaryChannel? first = null;
        var failing = () => channel.UseAsync<int>(used =>
        {
            first = used;
            throw new GrpcException(StatusCode.Unavailable, "cut");
        });
        await failing.Should().ThrowAsync<GrpcException>();

        var again = () => CreateAsync(first!);

        (await again.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.Canceled, "it was disposed of");
    }

    [Fact]
    public async Task Renew_WithAnotherSvid_ShowsItFromTheNextCallOn()
    {
        using var channel = Open("/one");
        await channel.UseAsync(CreateAsync);

        channel.Renew(Identity("/two"));
        await channel.UseAsync(CreateAsync);

        Spire.CallsOf("BatchCreateEntry").Select(call => call.Caller).Should().Equal("spiffe://bench.test/one", "spiffe://bench.test/two");
    }

    private static async Task<BatchCreateEntryResponse> CreateAsync(UnaryChannel channel)
    {
        var request = new BatchCreateEntryRequest { Entries = { new global::Spire.Wire.Contracts.Types.Entry() } };
        return await channel.CallAsync(EntryMethods.BatchCreateEntry, request, CallOptions.Within(TimeSpan.FromSeconds(20)), CancellationToken.None);
    }

    private AgentChannel Open(string path = "/one") => new(_session!.Connector, Spire.LoadBalancedApi, Identity(path));

    private X509Svid Identity(string path)
    {
        using var key = Keys.Create();
        return X509Svid.FromApi(Spire.Today.Issue(key.ExportSubjectPublicKeyInfo(), SpiffeId.Of(ScriptedSpire.Domain, path)), key);
    }
}
