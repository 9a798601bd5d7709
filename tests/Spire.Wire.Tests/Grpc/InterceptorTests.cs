using Spire.Wire.Contracts;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace Spire.Wire.Tests.Grpc;

public sealed class InterceptorTests
{
    private sealed record Caller(string Name);

    [Fact]
    public async Task Interceptors_StandAroundEachOtherInTheirOrder()
    {
        var seen = new List<string>();
        GrpcInterceptor Named(string name) => async (call, next, cancellationToken) =>
        {
            seen.Add($"{name} before {call.Method.Name}");
            var status = await next(call, cancellationToken);
            seen.Add($"{name} after {status.Code}");
            return status;
        };
        await using var wired = await Wired.StartAsync(server: options => options with { Interceptors = [Named("outer"), Named("inner")] });

        await wired.EchoAsync("hello");

        seen.Should().Equal("outer before GetEntry", "inner before GetEntry", "inner after OK", "outer after OK");
    }

    [Fact]
    public async Task Interceptor_ThatRefuses_KeepsTheHandlerFromTheCall()
    {
        var isHandled = false;
        var service = new TestService
        {
            Unary = (_, _, _) =>
            {
                isHandled = true;
                return Task.FromResult(new Wire.Contracts.Types.Entry());
            },
        };
        GrpcInterceptor refusing = (_, _, _) => Task.FromResult(new GrpcStatus(StatusCode.PermissionDenied, "authorization denied"));
        await using var wired = await Wired.StartAsync(service: service, server: options => options with { Interceptors = [refusing] });

        var call = () => wired.EchoAsync("please");

        (await call.Should().ThrowAsync<GrpcException>()).Which.Status.Should().BeEquivalentTo(new GrpcStatus(StatusCode.PermissionDenied, "authorization denied"));
        isHandled.Should().BeFalse();
    }

    [Fact]
    public async Task Interceptor_SeesTheFinalStatus_AlsoOfWhatIsThrown()
    {
        var seen = new List<GrpcStatus>();
        GrpcInterceptor watching = async (call, next, cancellationToken) =>
        {
            var status = await next(call, cancellationToken);
            seen.Add(status);
            return status;
        };
        GrpcInterceptor throwing = (_, _, _) => throw new GrpcException(StatusCode.ResourceExhausted, "rate");
        await using var wired = await Wired.StartAsync(server: options => options with { Interceptors = [watching, throwing] });

        var call = () => wired.EchoAsync("please");

        await call.Should().ThrowAsync<GrpcException>();
        seen.Should().ContainSingle().Which.Should().BeEquivalentTo(new GrpcStatus(StatusCode.ResourceExhausted, "rate"));
    }

    [Fact]
    public async Task Interceptor_SeesThatTheClientGaveUp()
    {
        var seen = new TaskCompletionSource<GrpcStatus>();
        GrpcInterceptor watching = async (call, next, cancellationToken) =>
        {
            var status = await next(call, cancellationToken);
            seen.TrySetResult(status);
            return status;
        };
        var arrived = new TaskCompletionSource();
        var service = new TestService
        {
            Duplex = async (requests, _, _, cancellationToken) =>
            {
                arrived.TrySetResult();
                await requests.ReadAsync(cancellationToken);
            },
        };
        await using var wired = await Wired.StartAsync(service: service, server: options => options with { Interceptors = [watching] });

        await using (var call = wired.Channel.Open(AgentMethods.AttestAgent, Wired.Soon, CancellationToken.None))
        {
            await arrived.Task.WaitAsync(TimeSpan.FromSeconds(10));
        }

        (await seen.Task.WaitAsync(TimeSpan.FromSeconds(10))).Code.Should().Be(StatusCode.Canceled);
    }

    [Fact]
    public async Task Notes_ReachTheHandler()
    {
        var service = new TestService
        {
            Unary = (_, call, _) => Task.FromResult(new Wire.Contracts.Types.Entry { Id = call.Noted<Caller>()?.Name ?? "nobody" }),
        };
        GrpcInterceptor noting = (call, next, cancellationToken) =>
        {
            call.Note(new Caller("agent"));
            return next(call, cancellationToken);
        };
        await using var wired = await Wired.StartAsync(service: service, server: options => options with { Interceptors = [noting] });

        (await wired.EchoAsync("who am I?")).Should().Be("agent");
    }

    [Fact]
    public async Task Interceptors_DoNotSeeUnknownMethods()
    {
        var seen = 0;
        GrpcInterceptor counting = (call, next, cancellationToken) =>
        {
            seen++;
            return next(call, cancellationToken);
        };
        await using var wired = await Wired.StartAsync(server: options => options with { Interceptors = [counting] });

        var call = () => wired.Channel.CallAsync(DebugMethods.GetInfo, new(), Wired.Soon, CancellationToken.None);

        await call.Should().ThrowAsync<GrpcException>();
        seen.Should().Be(0);
    }
}
