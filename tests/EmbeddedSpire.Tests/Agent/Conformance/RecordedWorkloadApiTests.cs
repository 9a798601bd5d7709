using EmbeddedSpire.Tests.Agent.Scripted;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.AgentDebugging;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Contracts.Workload;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Tests.Agent.Conformance;

/// <summary>Every call that was made to a real agent's sockets is answered alike by ours: code, text and shape.</summary>
public sealed class RecordedWorkloadApiTests : IAsyncLifetime, IDisposable
{
    // When the recorded tokens were issued.
    private readonly ManualClock _clock = new(DateTimeOffset.FromUnixTimeSeconds(1795179240));
    private readonly TemporaryDirectory _directory = new();
    private readonly ScriptedSpire _spire;
    private AgentRun? _agent;

    public RecordedWorkloadApiTests() => _spire = new ScriptedSpire(_clock);

    public static TheoryData<int> WithIdentity => [.. Enumerable.Range(0, RecordedCall.Read("workload-api.jsonl").Count)];

    public static TheoryData<int> WithoutIdentity => [.. Enumerable.Range(0, RecordedCall.Read("workload-api-no-identity.jsonl").Count)];

    private AgentRun Agent => _agent!;

    public async Task InitializeAsync()
    {
        await _spire.StartServerAsync();
        _spire.Tokens["token-1"] = true;
        var recorded = RecordedCall.Read("workload-api.jsonl");
        var jwks = (JWTBundlesResponse)recorded.First(call => call.Name == "FetchJWTBundles").Responses![0].Parse();
        var keys = BundleFormats.FromDocument(_spire.TrustDomain, jwks.Bundles.Single().Value.Memory).JwtAuthorities;
        _spire.Change((_, authorities) =>
        {
            authorities.Clear();
            authorities.AddRange(keys);
        });
        _agent = AgentRun.Start(_spire, _directory.Path, settings => settings with
        {
            JoinToken = "token-1",
            AdminSocketPath = Path.Combine(_directory.Path, "admin", "admin.sock"),
        });
    }

    public async Task DisposeAsync()
    {
        await Agent.DisposeAsync();
        await _spire.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(WithIdentity))]
    public async Task WorkloadApi_CallerWithAnIdentity_AnswersAsARealOne(int call)
    {
        _spire.AddEntry("/wl/rack", Workload.Me);
        await CompareAsync(RecordedCall.Read("workload-api.jsonl")[call]);
    }

    [Theory]
    [MemberData(nameof(WithoutIdentity))]
    public async Task WorkloadApi_CallerWithoutAnIdentity_AnswersAsARealOne(int call)
    {
        _spire.AddEntry("/wl/rack", "unix:uid:4242");
        await CompareAsync(RecordedCall.Read("workload-api-no-identity.jsonl")[call]);
    }

    private async Task CompareAsync(RecordedCall recorded)
    {
        await Agent.ServingAsync();
        using var workload = new Workload(recorded.Method.Contains("Debug", StringComparison.Ordinal) ? Agent.Settings.AdminSocketPath! : Agent.SocketPath);

        var (status, response) = await CallAsync(workload.Channel, recorded);

        // 1 means that the recording client had seen enough of a stream.
        var expected = recorded.Status == 1 ? StatusCode.OK : (StatusCode)recorded.Status;
        (status.Code, status.Message).Should().Be((expected, recorded.Message ?? string.Empty), recorded.ToString());
        if (recorded.Responses is [var message, ..])
        {
            CompareMessages(message.Parse(), response!);
        }
    }

    private void CompareMessages(IMessage theirs, IMessage ours)
    {
        switch (theirs, ours)
        {
            case (ValidateJWTSVIDResponse, _) or (JWTBundlesResponse, _) or (HealthCheckResponse, _):
                ours.Should().Be(theirs, "nothing in it depends on who was asked");
                break;
            case (X509SVIDResponse a, X509SVIDResponse b):
                Shape.Of(b).Should().Be(Shape.Of(a));
                b.Svids[0].SpiffeId.Should().Be(a.Svids[0].SpiffeId);
                Workload.Verify(b.Svids[0], _clock.GetUtcNow()).IsValid.Should().BeTrue();
                break;
            case (JWTSVIDResponse a, JWTSVIDResponse b):
                Shape.Of(b).Should().Be(Shape.Of(a));
                JwtSvid.TryParse(a.Svids[0].Svid, out var real, out _).Should().BeTrue();
                JwtSvid.TryParse(b.Svids[0].Svid, out var ours1, out _).Should().BeTrue();
                ours1!.Audience.Should().Equal(real!.Audience);
                break;
            case (GetInfoResponse a, GetInfoResponse b):
                b.SvidChain.Select(certificate => certificate.Subject.Split('=')[0]).Should().Equal(a.SvidChain.Select(certificate => certificate.Subject.Split('=')[0]));
                b.SvidChain.Select(certificate => certificate.Id.Path.Length > 0).Should().Equal(a.SvidChain.Select(certificate => certificate.Id.Path.Length > 0));
                (b.CachedX509SvidsCount, b.SvidsCount).Should().Be((a.CachedX509SvidsCount, a.SvidsCount));
                b.LastSyncSuccess.Should().BePositive();
                break;
            default:
                Shape.Of(ours).Should().Be(Shape.Of(theirs));
                break;
        }
    }

    private static async Task<(GrpcStatus Status, IMessage? Response)> CallAsync(GrpcChannel channel, RecordedCall recorded)
    {
        var metadata = new Metadata();
        foreach (var (key, values) in recorded.Metadata ?? [])
        {
            Array.ForEach(values, value => metadata.Add(key, value));
        }

        var options = new CallOptions(TimeSpan.FromSeconds(30), metadata);
        var request = recorded.Requests![0].Parse();
        try
        {
            return (GrpcStatus.OK, recorded.Name switch
            {
                "FetchX509SVID" => await FirstAsync(WorkloadMethods.FetchX509SVID, request),
                "FetchX509Bundles" => await FirstAsync(WorkloadMethods.FetchX509Bundles, request),
                "FetchJWTBundles" => await FirstAsync(WorkloadMethods.FetchJWTBundles, request),
                "FetchJWTSVID" => await channel.CallAsync(WorkloadMethods.FetchJWTSVID, (JWTSVIDRequest)request, options, CancellationToken.None),
                "ValidateJWTSVID" => await channel.CallAsync(WorkloadMethods.ValidateJWTSVID, (ValidateJWTSVIDRequest)request, options, CancellationToken.None),
                // Recorded with the message of another method, which is as empty.
                "FetchWITSVID" => await FirstAsync(WorkloadMethods.FetchWITSVID, new WITSVIDRequest()),
                "Check" => await channel.CallAsync(HealthMethods.Check, (HealthCheckRequest)request, options, CancellationToken.None),
                "GetInfo" => await channel.CallAsync(AgentDebugMethods.GetInfo, (GetInfoRequest)request, options, CancellationToken.None),
                _ => throw new InvalidOperationException($"The recording has {recorded.Method}, which this test does not know."),
            });
        }
        catch (GrpcException failure)
        {
            return (failure.Status, null);
        }

        async Task<IMessage?> FirstAsync<TRequest, TResponse>(ServerStreamMethod<TRequest, TResponse> method, IMessage request)
            where TRequest : class, IMessage<TRequest>, new()
            where TResponse : class, IMessage<TResponse>, new()
        {
            await using var call = channel.Open(method, (TRequest)request, options, CancellationToken.None);
            return await call.ReadAsync(CancellationToken.None);
        }
    }
}
