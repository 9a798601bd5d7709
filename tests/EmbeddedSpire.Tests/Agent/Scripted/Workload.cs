using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Workload;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Tests.Agent.Scripted;

/// <summary>A workload: this process, as the agent sees it.</summary>
internal sealed class Workload : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public Workload(string socket) => Channel = new GrpcChannel(new GrpcChannelOptions { Dial = Dialer.Unix(socket) });

    public GrpcChannel Channel { get; }

    public static CallOptions Options => new(Limit, new Metadata { { WorkloadMethods.SecurityHeader, "true" } });

    public static CallOptions Endless => new(null, new Metadata { { WorkloadMethods.SecurityHeader, "true" } });

    /// <summary>Gets a selector that is true of this process.</summary>
    public static string Me => $"unix:uid:{UserId()}";

    public async Task<X509SVIDResponse> FetchSvidsAsync()
    {
        await using var call = Channel.Open(WorkloadMethods.FetchX509SVID, new X509SVIDRequest(), Options, CancellationToken.None);
        return (await call.ReadAsync(CancellationToken.None))!;
    }

    public ServerStreamCall<X509SVIDResponse> FollowSvids() =>
        Channel.Open(WorkloadMethods.FetchX509SVID, new X509SVIDRequest(), Endless, CancellationToken.None);

    public async Task<string> FetchTokenAsync(params string[] audience) =>
        (await Channel.CallAsync(WorkloadMethods.FetchJWTSVID, new JWTSVIDRequest { Audience = { audience } }, Options, CancellationToken.None)).Svids.Single().Svid;

    public async Task<GrpcStatus> StatusOfAsync<TRequest, TResponse>(UnaryMethod<TRequest, TResponse> method, TRequest request)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        await StatusOfAsync(() => Channel.CallAsync(method, request, Options, CancellationToken.None));

    public static async Task<GrpcStatus> StatusOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return GrpcStatus.OK;
        }
        catch (GrpcException failure)
        {
            return failure.Status;
        }
    }

    public static SvidVerification Verify(X509SVID svid, DateTimeOffset at) =>
        new SvidVerifier(BundleFormats.FromDer(SpiffeId.Parse(svid.SpiffeId).TrustDomain, svid.Bundle.Memory))
            .Verify(DecodedCertificate.Split(svid.X509Svid.Memory), at);

    public static DecodedCertificate Leaf(X509SVID svid) => DecodedCertificate.Decode(DecodedCertificate.Split(svid.X509Svid.Memory)[0]);

    public void Dispose() => Channel.Dispose();

    private static string UserId() => File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2];
}
