using Validation.Spire.Agents;

namespace Validation.Spire.Tests.Agents;

public sealed class CallGateTests
{
    private readonly CallGate _gate = new();

    [Fact]
    public async Task CloseAsync_WhileCallsRun_WaitsForThemAndHoldsUpOthers()
    {
        await _gate.EnterAsync(CancellationToken.None);
        var closing = _gate.CloseAsync(CancellationToken.None);
        var entering = _gate.EnterAsync(CancellationToken.None).AsTask();

        closing.IsCompleted.Should().BeFalse();
        _gate.Leave();
        await closing.WaitAsync(TimeSpan.FromSeconds(10));
        entering.IsCompleted.Should().BeFalse();
        _gate.Open();

        await entering.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task CloseAsync_BySecondCloser_WaitsForTheFirst()
    {
        await _gate.CloseAsync(CancellationToken.None);
        var second = _gate.CloseAsync(CancellationToken.None);

        second.IsCompleted.Should().BeFalse();
        _gate.Open();

        await second.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task CloseAsync_GivenUp_LeavesItOpen()
    {
        await _gate.EnterAsync(CancellationToken.None);
        using var patience = new CancellationTokenSource();
        var closing = _gate.CloseAsync(patience.Token);

        await patience.CancelAsync();

        await closing.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        await _gate.EnterAsync(CancellationToken.None);
    }
}
