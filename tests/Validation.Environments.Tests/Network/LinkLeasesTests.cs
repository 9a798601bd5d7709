using Validation.Core.Stacks;
using Validation.Environments.Local.Network;
using Validation.Environments.Network;
using Validation.Environments.Tests.Kit;
using Validation.TestKit;

namespace Validation.Environments.Tests.Network;

public sealed class LinkLeasesTests
{
    private static readonly INode A = TestStacks.Node("spire-server-1", "10.2.0.1");
    private static readonly INode B = TestStacks.Node("pooler-1", "10.3.0.1");
    private static readonly Link There = new(A, B);
    private static readonly Link Back = new(B, A);
    private static readonly AddressPair ThePair = AddressPair.Of(new Traffic(There));

    private readonly ManualClock _clock = new();
    private readonly FakeNetfilter _netfilter;

    public LinkLeasesTests() => _netfilter = new FakeNetfilter(_clock);

    [Fact]
    public async Task Renew_EveryTwoSeconds_KeepsTheCutAlive()
    {
        await using var leases = await MakeAsync();
        await using var cut = await leases.CutAsync([There], CancellationToken.None);

        for (var seconds = 0; seconds < 60; seconds += 2)
        {
            _clock.Jump(TimeSpan.FromSeconds(2));
            await leases.RenewAsync();
        }

        cut.Broken.Should().BeNull();
        _netfilter.Cut.Should().Equal(ThePair);
    }

    [Fact]
    public async Task Renew_LaterThanTheLease_LeavesTheLinkHealedAndSaysSo()
    {
        await using var leases = await MakeAsync();
        await using var cut = await leases.CutAsync([There], CancellationToken.None);

        _clock.Jump(TimeSpan.FromSeconds(11));
        await leases.RenewAsync();

        cut.Broken.Should().Contain("lapsed").And.Contain("11s");
        _netfilter.Cut.Should().BeEmpty("a lapsed fault is never put back");
    }

    [Fact]
    public async Task Renew_TransactionWaitsLongerThanTheLease_IsBrokenAlthoughTheElementIsThere()
    {
        await using var leases = await MakeAsync();
        await using var cut = await leases.CutAsync([There], CancellationToken.None);
        _netfilter.BeforeApply = () =>
        {
            _netfilter.BeforeApply = null;
            _clock.Jump(TimeSpan.FromSeconds(9.9));
        };

        _clock.Jump(TimeSpan.FromSeconds(2));
        await leases.RenewAsync();

        cut.Broken.Should().NotBeNull();
    }

    [Fact]
    public async Task Renew_ElementWasRemoved_NamesTheLinkAndKeepsTheOtherCut()
    {
        await using var leases = await MakeAsync();
        await using var robbed = await leases.CutAsync([There], CancellationToken.None);
        await using var other = await leases.CutAsync([Back], CancellationToken.None);

        _netfilter.Lose(ThePair);
        await leases.RenewAsync();

        robbed.Broken.Should().Contain("spire-server-1 → pooler-1");
        other.Broken.Should().BeNull();
        _netfilter.Cut.Should().Equal(AddressPair.Of(new Traffic(Back)));
    }

    [Fact]
    public async Task Renew_RulesWereChanged_BreaksEveryCut()
    {
        await using var leases = await MakeAsync();
        await using var cut = await leases.CutAsync([There], CancellationToken.None);

        _netfilter.Rules = "other rules";
        await leases.RenewAsync();

        cut.Broken.Should().Contain("rules");
    }

    [Fact]
    public async Task Renew_KernelRefuses_IsRememberedAndTriedAgain()
    {
        await using var leases = await MakeAsync();
        await using var cut = await leases.CutAsync([There], CancellationToken.None);

        _netfilter.Failure = new HarnessException(ExitCode.EnvironmentFailed, "no such table");
        await leases.RenewAsync();
        _netfilter.Failure = null;
        _clock.Jump(TimeSpan.FromSeconds(9));
        await leases.RenewAsync();
        _clock.Jump(TimeSpan.FromSeconds(9));

        cut.Broken.Should().Contain("could not be renewed").And.Contain("no such table");
        _netfilter.Cut.Should().Equal(ThePair);
    }

    [Fact]
    public async Task Heal_AnotherCutHoldsTheSameLink_LeavesItCut()
    {
        await using var leases = await MakeAsync();
        var first = await leases.CutAsync([There, Back], CancellationToken.None);
        var second = await leases.CutAsync([There], CancellationToken.None);

        await first.HealAsync(CancellationToken.None);

        _netfilter.Cut.Should().Equal(ThePair);
        await second.HealAsync(CancellationToken.None);
        _netfilter.Cut.Should().BeEmpty();
        _netfilter.Hits.Should().BeEmpty();
        (first.Broken, second.Broken).Should().Be((null, null));
    }

    [Fact]
    public async Task ReadCounters_AnotherCutCountedBefore_CountsFromItsOwnBeginning()
    {
        await using var leases = await MakeAsync();
        await using var first = await leases.CutAsync([There], CancellationToken.None);
        _netfilter.Hits[ThePair] = 5;
        await using var second = await leases.CutAsync([There], CancellationToken.None);
        _netfilter.Hits[ThePair] = 8;

        var ofFirst = await first.ReadCountersAsync(CancellationToken.None);
        var ofSecond = await second.ReadCountersAsync(CancellationToken.None);

        ofFirst.Should().Equal(new DroppedPackets(There, 8));
        ofSecond.Should().Equal(new DroppedPackets(There, 3));
    }

    [Fact]
    public async Task ReadCounters_KernelLostTheLink_HasNoRowForItAndIsBroken()
    {
        await using var leases = await MakeAsync();
        await using var cut = await leases.CutAsync([There, Back], CancellationToken.None);

        _netfilter.Lose(ThePair);
        var counters = await cut.ReadCountersAsync(CancellationToken.None);

        counters.Select(row => row.Link).Should().Equal(Back);
        cut.Broken.Should().NotBeNull();
    }

    [Fact]
    public async Task Heal_LeaseLapsedBefore_SucceedsAndLeavesNothing()
    {
        await using var leases = await MakeAsync();
        var cut = await leases.CutAsync([There], CancellationToken.None);

        _clock.Jump(TimeSpan.FromSeconds(30));
        await cut.HealAsync(CancellationToken.None);
        await cut.HealAsync(CancellationToken.None);

        _netfilter.Hits.Should().BeEmpty();
    }

    [Fact]
    public async Task Cut_KernelRefuses_LeavesNothingToRenew()
    {
        await using var leases = await MakeAsync();
        _netfilter.BeforeApply = () => throw new HarnessException(ExitCode.EnvironmentFailed, "refused");

        var cutting = () => leases.CutAsync([There], CancellationToken.None);

        await cutting.Should().ThrowAsync<HarnessException>().WithMessage("refused");
        _netfilter.BeforeApply = null;
        await leases.RenewAsync();
        _netfilter.Cut.Should().BeEmpty();
    }

    private Task<LinkLeases> MakeAsync() => LinkLeases.CreateAsync(_netfilter, StarNetwork.Cuts, _clock, CancellationToken.None);
}
