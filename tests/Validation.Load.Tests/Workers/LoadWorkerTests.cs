using System.IO.Pipes;
using Validation.Core;
using Validation.Core.Running;
using Validation.Load.Workers;
using Validation.Load.Workers.Protocol;

namespace Validation.Load.Tests.Workers;

/// <summary>A worker that is spoken to directly.</summary>
public sealed class LoadWorkerTests : IAsyncLifetime
{
    private readonly WorkerBench _bench = new();
    private FrameConnection _controller = null!;

    public async Task InitializeAsync()
    {
        _bench.AddWorker(BenchDriver.Answering, number: 2);
        _controller = new FrameConnection(await _bench.Sites[0].DialAsync(CancellationToken.None), TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        await _controller.DisposeAsync();
        await _bench.DisposeAsync();
    }

    [Fact]
    public async Task Begin_AnInstantThatHasPassed_IsToldToBeLate()
    {
        await GreetAsync();
        _controller.Send(new Begin(-3_000_000_000));

        (await NextAsync<Begun>()).LateNs.Should().BeGreaterThan(3_000_000_000);
    }

    [Fact]
    public async Task Hello_OfAnotherVersion_IsRefused()
    {
        _controller.Send(new Hello(FrameConnection.Protocol, "9.9.9", 2, 4));

        await NextAsync<Welcome>();
        (await NextAsync<Refused>()).Message.Should().Contain("9.9.9").And.Contain(WorkerBench.Version);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(0, 0)]
    public async Task Hello_ForAnotherWorker_IsRefused(int worker, int workers)
    {
        _controller.Send(new Hello(FrameConnection.Protocol, WorkerBench.Version, worker, workers));

        await NextAsync<Welcome>();
        (await NextAsync<Refused>()).Message.Should().Contain("started as worker 2");
    }

    [Fact]
    public async Task Hello_WhileItWorksForSomebody_IsRefusedAndTheFirstGoesOn()
    {
        await GreetAsync();
        await using var second = new FrameConnection(await _bench.Sites[0].DialAsync(CancellationToken.None), TimeProvider.System);
        second.Send(new Hello(FrameConnection.Protocol, WorkerBench.Version, 2, 4));

        FrameConnection.MessageIn((await second.ReadAsync(Limit()))!.Value).Should().BeOfType<Welcome>();
        FrameConnection.MessageIn((await second.ReadAsync(Limit()))!.Value).Should().BeOfType<Refused>().Which.Message.Should().Contain("already");
        _controller.Send(new Ping(1));
        (await NextAsync<Pong>()).Number.Should().Be(1);
    }

    [Fact]
    public async Task Connect_SomebodyWhoOnlyLooksWhetherThePortIsOpen_DoesNotEndIt()
    {
        await (await _bench.Sites[0].DialAsync(CancellationToken.None)).DisposeAsync();
        await using (var stranger = await _bench.Sites[0].DialAsync(CancellationToken.None))
        {
            await stranger.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        }

        await GreetAsync();
        _controller.Send(new Ping(1));
        (await NextAsync<Pong>()).ReceivedNs.Should().BeGreaterThan(0);
    }

    [Fact]
    public async Task Prepare_ADriverItDoesNotHave_IsRefusedWithTheNearest()
    {
        await GreetAsync();
        _controller.Send(new Prepare(0, new PlannedLoad("load", "benhc", 1, TimeSpan.FromSeconds(1), new Dictionary<string, string>())));

        (await NextAsync<Refused>()).Message.Should().Contain("'benhc'").And.Contain("'bench'");
    }

    [Fact]
    public async Task ListenAsync_NobodyComes_EndsAndSaysSo()
    {
        using var listener = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen();
        var worker = new LoadWorker([], "1", TimeProvider.System);

        await worker.Invoking(w => w.ListenAsync(listener, TimeSpan.FromMilliseconds(50), CancellationToken.None))
            .Should().ThrowAsync<HarnessException>().WithMessage("No controller came within 50.0ms*");
    }

    [Fact]
    public async Task ReadAsync_WhatIsNoFrame_IsSaidToBeNone()
    {
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var connection = new FrameConnection(new AnonymousPipeClientStream(PipeDirection.In, pipe.ClientSafePipeHandle), TimeProvider.System);
        await pipe.WriteAsync("HTTP/1.1 400 Bad Request"u8.ToArray());

        await connection.Invoking(c => c.ReadAsync(Limit()).AsTask()).Should().ThrowAsync<InvalidDataException>().WithMessage("*not a frame*");
    }

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token;

    private async Task GreetAsync()
    {
        _controller.Send(new Hello(FrameConnection.Protocol, WorkerBench.Version, 2, 4));
        (await NextAsync<Welcome>()).Worker.Should().Be(2);
    }

    private async Task<T> NextAsync<T>()
        where T : WorkerMessage
    {
        while (await _controller.ReadAsync(Limit()) is { } frame)
        {
            if (frame.Kind == FrameKind.Message && FrameConnection.MessageIn(frame) is T message)
            {
                return message;
            }
        }

        throw new InvalidOperationException($"The worker closed the connection before it said {typeof(T).Name}.");
    }
}
