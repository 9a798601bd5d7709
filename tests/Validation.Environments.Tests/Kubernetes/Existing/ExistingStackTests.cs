using System.Net;
using System.Text;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Grpc.Client;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Kubernetes.Existing;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Kubernetes.Existing;

/// <summary>A whole stack of somebody else's: servers with TLS, and a kubectl that forwards ports to them.</summary>
public sealed class ExistingStackTests : IAsyncLifetime
{
    private readonly OwnersCluster _cluster = new();
    private StandInServers _servers = null!;
    private string[] _pods = ["server-0", "server-1"];

    public async Task InitializeAsync()
    {
        _servers = await StandInServers.StartAsync(2);
        _cluster.Write("bundle.pem", _servers.FirstAuthorityPem);
        _cluster.Kubectl.WhenOpened = Forward;
        Servers(new OwnersPod("server-0") { Uid = "a", Address = "10.0.0.1" }, new OwnersPod("server-1") { Uid = "b", Address = "10.0.0.2" });
    }

    public async Task DisposeAsync()
    {
        await _servers.DisposeAsync();
        _cluster.Dispose();
    }

    [Fact]
    public async Task Stack_IsReachedByPortForwardAndKnowsTheServersByTheirBundle()
    {
        await using var stack = await UpAsync();
        var spire = (ISpireStack)stack;

        spire.Flavor.Should().Be("SPIRE 1.12.4");
        spire.Servers.Select(server => server.Api.ToString()).Should().Equal("10.0.0.1:8081", "10.0.0.2:8081");
        foreach (var server in spire.Servers)
        {
            // The second server's authority is not in the owner's file: the first one vouches for it.
            (await BundleOfAsync(server)).X509Authorities.Should().HaveCount(2);
        }

        _cluster.Kubectl.Lines.Should().Contain("spire: port-forward pod/server-0 :8081 --address 127.0.0.1")
            .And.Contain("spire: port-forward pod/server-1 :8081 --address 127.0.0.1");
        _cluster.Kubectl.Writes.Should().BeEmpty();
        stack.Facts.Should().Contain("nodes", "2 spire-server, where the scenario would have 3: it runs with those that are there");
    }

    [Fact]
    public async Task Stack_WithoutAnAdministrator_ShowsNoEntriesAndHasNoRights()
    {
        await using var stack = await UpAsync();
        var spire = (ISpireStack)stack;

        spire.ShowsEntries.Should().BeFalse();
        using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = spire.Servers[0].DialAdmin });
        var list = () => channel.CallAsync(EntryMethods.ListEntries, new ListEntriesRequest(), CallOptions.Within(TimeSpan.FromSeconds(10)), CancellationToken.None);
        await list.Should().ThrowAsync<Spire.Wire.Grpc.GrpcException>().WithMessage("*nobody is no administrator*");
    }

    [Fact]
    public async Task Entries_OfTheRun_AreDeletedAtItsEnd_AndNoOthers()
    {
        Give(administrator: StandInServers.Administrator.ToString());
        _servers.Add("/harness/older");
        _servers.Add("/theirs");
        await using (var stack = await UpAsync())
        {
            _servers.Add("/harness/sign/load");
            _servers.Add("/theirs/new");
            (await ((ISpireStack)stack).ReadEntryIdsAsync(CancellationToken.None)).Should().HaveCount(4);
        }

        _servers.Entries.Should().Equal("/harness/older", "/theirs", "/theirs/new");
    }

    [Fact]
    public async Task Administrator_WhoIsNone_IsRefusedBeforeTheRun()
    {
        Give(administrator: "spiffe://example.org/somebody");

        (await RefusalAsync()).Message.Should().Contain("cannot be read").And.Contain("spiffe://example.org/somebody is no administrator");
    }

    [Fact]
    public async Task Bundle_OfOtherServers_IsRefusedWithTheKey()
    {
        await using var others = await StandInServers.StartAsync(1);
        _cluster.Write("bundle.pem", others.FirstAuthorityPem);

        var refusal = await RefusalAsync();

        refusal.Message.Should().Contain("spire-server-1 (pod server-0) did not give its bundle on port 8081");
        refusal.Hint.Should().Contain("'trust-bundle'");
    }

    [Fact]
    public async Task Load_TakesTurnsAmongTheServersThatAreReady()
    {
        await using var stack = await UpAsync();
        var spire = (ISpireStack)stack;
        _cluster.Kubectl.Lines.Count(line => line.Contains("port-forward")).Should().Be(2);

        See("server-1", new OwnersPod("server-1") { Uid = "b", Address = "10.0.0.2", IsReady = false });
        await WaitAsync(() => stack.Nodes.Single(node => node.Name == "spire-server-2").Status.State == NodeState.NotReady);
        (await spire.DialAsync(spire.LoadBalancedApi, CancellationToken.None)).Dispose();
        See("server-0", new OwnersPod("server-0") { Uid = "a", Address = "10.0.0.1", IsReady = false });
        await WaitAsync(() => stack.Nodes.Single(node => node.Name == "spire-server-1").Status.State == NodeState.NotReady);
        var dial = async () => await spire.DialAsync(spire.LoadBalancedApi, CancellationToken.None);

        await dial.Should().ThrowAsync<IOException>().WithMessage("No SPIRE server is ready.");
    }

    [Fact]
    public async Task Pod_ThatIsReplaced_IsReachedByAPortForwardOfItsOwn()
    {
        await using var stack = await UpAsync();
        var spire = (ISpireStack)stack;

        _pods = ["server-0", "server-k7"];
        See("server-1", null);
        See("server-k7", new OwnersPod("server-k7") { Uid = "c", Address = "10.0.0.9", ContainerId = "containerd://c2" });
        await WaitAsync(() => stack.Nodes.Single(node => node.Name == "spire-server-2").Status is { Restarts: 1, State: NodeState.Ready });

        spire.Servers[1].Api.Should().Be(new IPEndPoint(IPAddress.Parse("10.0.0.9"), 8081));
        (await BundleOfAsync(spire.Servers[1])).X509Authorities.Should().HaveCount(2);
        _cluster.Kubectl.Lines.Should().Contain("spire: port-forward pod/server-k7 :8081 --address 127.0.0.1");
        (await spire.DialAsync(new IPEndPoint(IPAddress.Parse("10.0.0.2"), 8081), CancellationToken.None)).Dispose();
        var nobodys = async () => await spire.DialAsync(new IPEndPoint(IPAddress.Parse("10.0.0.3"), 8081), CancellationToken.None);
        await nobodys.Should().ThrowAsync<IOException>().WithMessage("*the address of no SPIRE server*");
    }

    [Fact]
    public async Task Watch_RecordsStatesAndRestarts()
    {
        await using var stack = await UpAsync();
        var events = new Notes();
        using var ended = new CancellationTokenSource();
        var watching = stack.WatchAsync(events, ended.Token);

        See("server-1", new OwnersPod("server-1") { Uid = "b", Address = "10.0.0.2", ContainerId = "containerd://c2" });
        await WaitAsync(() => events.Changes.Any(change => change is { Node: "spire-server-2", State: NodeState.Ready, Restarts: 1 }));
        await ended.CancelAsync();
        await watching.ContinueWith(_ => { }, TaskScheduler.Default);

        events.Changes.Take(4).Select(change => change.Node).Should().Equal("spire-server-1", "spire-server-2", "spire-agent-1", "spire-agent-2");
    }

    [Fact]
    public async Task Pod_ThatIsNotReady_IsRefusedBeforeTheRun()
    {
        Servers(new OwnersPod("server-0") { Uid = "a" }, new OwnersPod("server-1") { Uid = "b", IsReady = false });

        var refusal = await RefusalAsync();

        refusal.Message.Should().Contain("spire-server-2 is not ready").And.Contain("server-1 (node-a)");
        _cluster.Kubectl.Sessions.Should().BeEmpty();
    }

    [Theory]
    [InlineData("trust-bundle", "bundle.pem", "no certificate here")]
    [InlineData("attestation", "authority.pem", "no certificate here")]
    public async Task File_ThatCannotBeUsed_IsRefusedWithItsKeyBeforeTheClusterIsAsked(string key, string name, string text)
    {
        Give(attestation: StandInServers.NodeAuthority());
        _cluster.Write(name, text);

        var refusal = await RefusalAsync();

        refusal.ExitCode.Should().Be(ExitCode.InvalidInput);
        refusal.Message.Should().StartWith($"mine.yaml: {key}: ").And.Contain(name).And.Contain("cannot be used");
        _cluster.Kubectl.Commands.Should().BeEmpty();
    }

    [Fact]
    public async Task Authority_ThatIsNone_IsRefused()
    {
        Give(attestation: StandInServers.NodeAuthority(isAuthority: false));

        (await RefusalAsync()).Message.Should().Contain("it is no certificate of an authority");
    }

    [Fact]
    public async Task Authority_OfTheOwner_IsTheOneForNodes()
    {
        var authority = StandInServers.NodeAuthority();
        Give(attestation: authority);

        await using var stack = await UpAsync();

        ((ISpireStack)stack).NodeAuthority.ExportCertificatePem().Should().Be(authority.Certificate);
        ((ISpireStack)stack).NodeAuthority.HasPrivateKey.Should().BeTrue();
    }

    [Fact]
    public async Task Administrator_OfAnotherTrustDomain_IsRefused()
    {
        Give(administrator: "spiffe://elsewhere.test/admin");

        (await RefusalAsync()).Message.Should().StartWith("mine.yaml: administrator: ").And.Contain("not in the trust domain 'example.org'");
    }

    [Fact]
    public async Task Plan_SaysWhatIsMeantAndWritesNothing()
    {
        var environment = await FindAsync();
        var scenario = new Scenario
        {
            Name = "s",
            Question = "Does it hold?",
            Position = new SourcePosition("s.yaml", 1, 1),
            Loads = [],
            Phases = [],
            Objectives = [],
        };
        var plan = Planner.Make(scenario, new Seed(1), environment.Name, environment.Describe(scenario.Stack), []);

        var lines = (await environment.ExplainAsync(scenario, plan, CancellationToken.None)).Sections.SelectMany(section => section.Lines).ToArray();

        plan.Nodes.Should().Equal("spire-server-1", "spire-server-2", "spire-agent-1", "spire-agent-2");
        lines.Should().Contain("#   spire-server-2 is pod server-1 on node-a, ready")
            .And.Contain(line => line.StartsWith("# spire-server: 2 by app=server in spire (validation/existing-stack=faults), container spire-server of "))
            .And.Contain(line => line.Contains("--namespace=spire port-forward pod/server-1 :8081 --address 127.0.0.1"))
            .And.Contain("# in the cluster: nothing");
        _cluster.Kubectl.Writes.Should().BeEmpty();
        _cluster.Kubectl.Sessions.Should().BeEmpty();
    }

    [Fact]
    public async Task Up_AndLeave_IsRefused()
    {
        var up = async () => await (await FindAsync()).UpAndLeaveAsync(StackSpec.Default, new DirectoryInfo("."), new Progress<string>(), CancellationToken.None);

        (await up.Should().ThrowAsync<HarnessException>()).Which.ExitCode.Should().Be(ExitCode.InvalidInput);
    }

    private static async Task<Spire.Wire.Contracts.Types.Bundle> BundleOfAsync(SpireServerAccess server)
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = server.DialAdmin });
        return await channel.CallAsync(BundleMethods.GetBundle, new GetBundleRequest(), CallOptions.Within(TimeSpan.FromSeconds(10)), CancellationToken.None);
    }

    private static async Task WaitAsync(Func<bool> until)
    {
        for (var i = 0; i < 500 && !until(); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        until().Should().BeTrue();
    }

    private void Give((string Certificate, string Key)? attestation = null, string? administrator = null)
    {
        if (attestation is var (certificate, key))
        {
            _cluster.Existing = _cluster.Existing with { Attestation = new(_cluster.Write("authority.pem", certificate), _cluster.Write("authority.key", key)) };
        }

        if (administrator is not null)
        {
            var (svid, svidKey) = _servers.Svid(Spire.Wire.Certificates.SpiffeId.Parse(administrator));
            _cluster.Existing = _cluster.Existing with { Administrator = new(_cluster.Write("svid.pem", svid), _cluster.Write("svid.key", svidKey)) };
        }
    }

    private void Servers(params OwnersPod[] pods) => _cluster.Kubectl.Answer("get pods --selector=app=server -o json", OwnersPod.List(pods));

    // What the watch prints, and what a list would say from now on.
    private void See(string name, OwnersPod? pod)
    {
        var watch = _cluster.Kubectl.Sessions.First(session => session.Command.Arguments.Contains("--watch") && session.Command.Arguments.Contains("--selector=app=server"));
        var text = $$"""{ "type": "{{(pod is null ? "DELETED" : "MODIFIED")}}", "object": {{(pod ?? new OwnersPod(name) { Uid = "b" }).Text()}} }""";
        watch.Sent.Write(Encoding.UTF8.GetBytes(text));
    }

    private void Forward(RecordedSession session)
    {
        if (session.Command.Arguments is ["port-forward", var pod, ..])
        {
            var port = _servers.Port(Array.IndexOf(_pods, pod["pod/".Length..]));
            session.Sent.Write(Encoding.UTF8.GetBytes($"Forwarding from 127.0.0.1:{port} -> 8081\n"));
        }
    }

    private async Task<ExistingStackEnvironment> FindAsync()
    {
        var environment = new ExistingStackEnvironment(_cluster.Options, _cluster.Kubectl, TimeProvider.System);
        await environment.FindAsync(CancellationToken.None);
        return environment;
    }

    private async Task<IStack> UpAsync() =>
        await (await FindAsync()).UpAsync(StackSpec.Default, new DirectoryInfo("."), new Progress<string>(), CancellationToken.None);

    private async Task<HarnessException> RefusalAsync() =>
        (await FluentActions.Awaiting(UpAsync).Should().ThrowAsync<HarnessException>()).Which;

    private sealed class Notes : IEventSink
    {
        private readonly List<NodeChanged> _changes = [];

        public IReadOnlyList<NodeChanged> Changes
        {
            get
            {
                lock (_changes)
                {
                    return [.. _changes];
                }
            }
        }

        public RunEvent Record(Fact fact)
        {
            if (fact is NodeChanged change)
            {
                lock (_changes)
                {
                    _changes.Add(change);
                }
            }

            return new RunEvent(TimeSpan.Zero, fact);
        }
    }
}
