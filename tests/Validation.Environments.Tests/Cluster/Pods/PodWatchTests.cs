using System.Text;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster.Pods;

public sealed class PodWatchTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly PodJson Pod = new("spire-server-1", Roles.SpireServer);

    private readonly RecordingKubectl _kubectl = new();
    private readonly PodWatch _watch;

    public PodWatchTests()
    {
        _kubectl.Answer("get pods --selector=mine -o json", $$"""{ "items": [ {{Pod.Text()}} ] }""");
        _watch = new PodWatch(_kubectl, "mine", TimeProvider.System);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _watch.DisposeAsync();

    [Fact]
    public async Task Watch_WhatIsThere_IsSeenAtOnce()
    {
        _watch.Start();

        await Until(() => _watch.Pods.Count == 1);

        _watch.Pods[0].Address!.ToString().Should().Be("10.0.0.7");
    }

    [Fact]
    public async Task Watch_EventsThatFollowEachOther_AreAllSeen()
    {
        var seen = new List<string>();
        _watch.Changed += (name, pod) => seen.Add($"{name} {pod?.IsReady.ToString() ?? "gone"}");
        _watch.Start();
        await Until(() => _kubectl.Sessions.Count == 1);

        await SendAsync(Event("MODIFIED", Pod with { IsReady = false }) + Event("DELETED", Pod) + "\n" + Event("ADDED", Pod with { Uid = "uid-2" }));
        await Until(() => seen.Count == 4);

        seen.Should().Equal("spire-server-1 True", "spire-server-1 False", "spire-server-1 gone", "spire-server-1 True");
    }

    [Fact]
    public async Task Watch_TheEndOfAPodThatWasReplaced_DoesNotHideItsSuccessor()
    {
        _watch.Start();
        await Until(() => _kubectl.Sessions.Count == 1);

        await SendAsync(Event("ADDED", Pod with { Uid = "uid-2" }) + Event("DELETED", Pod) + Event("MODIFIED", Pod with { Uid = "uid-2", Address = "10.0.0.9" }));
        await Until(() => _watch.Pods.Count == 1 && _watch.Pods[0].Address!.ToString() == "10.0.0.9");

        _watch.Pods.Should().ContainSingle().Which.Uid.Should().Be("uid-2");
    }

    [Fact]
    public async Task Watch_ThatEnds_IsBegunAgainWithAList()
    {
        _watch.Start();
        await Until(() => _kubectl.Sessions.Count == 1);

        _kubectl.Answer("get pods --selector=mine -o json", """{ "items": [] }""");
        _kubectl.Sessions.First().End(0);
        await Until(() => _kubectl.Sessions.Count == 2);

        _watch.Pods.Should().BeEmpty();
    }

    [Fact]
    public async Task Watch_WhenTheClusterIsAway_KeepsWhatItKnewAndSaysWhy()
    {
        _watch.Start();
        await Until(() => _kubectl.Sessions.Count == 1);

        _kubectl.Fail("get pods --selector=mine -o json", "The connection to the server was refused");
        _kubectl.Sessions.First().End(1);
        await Until(() => _watch.Trouble is not null);

        _watch.Trouble.Should().Contain("refused");
        _watch.Pods.Should().ContainSingle();
    }

    private static string Event(string type, PodJson pod) => $$"""{ "type": "{{type}}", "object": {{pod.Text()}} }""";

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }

    private async Task SendAsync(string text)
    {
        var session = _kubectl.Sessions.First();
        await session.Sent.WriteAsync(Encoding.UTF8.GetBytes(text));
        await session.Sent.FlushAsync();
    }
}
