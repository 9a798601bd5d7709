using EmbeddedSpire.Agent.Connection;

namespace EmbeddedSpire.Tests.Agent.Connection;

public sealed class RotationLockTests
{
    private readonly RotationLock _lock = new();

    [Fact]
    public async Task Calls_WithoutARenewal_RunTogether()
    {
        using var first = await _lock.EnterCallAsync(CancellationToken.None);
        using var second = await _lock.EnterCallAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Renewal_WhileCallsRun_WaitsForTheLast()
    {
        var first = await _lock.EnterCallAsync(CancellationToken.None);
        var second = await _lock.EnterCallAsync(CancellationToken.None);
        var renewal = _lock.EnterRenewalAsync(CancellationToken.None);

        first.Dispose();
        renewal.IsCompleted.Should().BeFalse();
        second.Dispose();

        (await renewal).Dispose();
    }

    [Fact]
    public async Task Call_BehindAWaitingRenewal_WaitsToo()
    {
        var running = await _lock.EnterCallAsync(CancellationToken.None);
        var renewal = _lock.EnterRenewalAsync(CancellationToken.None);
        var call = _lock.EnterCallAsync(CancellationToken.None);

        running.Dispose();
        var renewing = await renewal;
        call.IsCompleted.Should().BeFalse();
        renewing.Dispose();

        (await call).Dispose();
    }

    [Fact]
    public async Task Renewal_GivenUp_LetsThoseBehindItIn()
    {
        using var running = await _lock.EnterCallAsync(CancellationToken.None);
        using var impatience = new CancellationTokenSource();
        var renewal = _lock.EnterRenewalAsync(impatience.Token);
        var call = _lock.EnterCallAsync(CancellationToken.None);

        await impatience.CancelAsync();

        await FluentActions.Awaiting(() => renewal).Should().ThrowAsync<OperationCanceledException>();
        (await call).Dispose();
    }

    [Fact]
    public async Task Leaving_Twice_CountsOnce()
    {
        var first = await _lock.EnterCallAsync(CancellationToken.None);
        using var second = await _lock.EnterCallAsync(CancellationToken.None);
        var renewal = _lock.EnterRenewalAsync(CancellationToken.None);

        first.Dispose();
        first.Dispose();

        renewal.IsCompleted.Should().BeFalse();
    }
}
