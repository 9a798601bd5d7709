using Validation.Core.Stacks;

namespace Validation.TestKit;

/// <content>Its processor time, its limits and its file system are what a test says.</content>
public sealed partial class FakeNode : IProcessorControl, ILimitable, IStorageControl, IClockControl, IReleaseControl
{
    /// <summary>Gets or sets what the kernel counts while busy processes run on it or while it is throttled.</summary>
    public ProcessorUse Use { get; set; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), 2, 3);

    /// <summary>Gets or sets what the kernel shows of its processes while they are limited.</summary>
    public IReadOnlyList<LimitedProcess> Limited { get; set; } = [new(7, 0, IsLimited: true)];

    /// <summary>Gets or sets whether its file system has space.</summary>
    public bool HasSpace { get; set; } = true;

    /// <summary>Gets or sets the version that it is as each release; null when it does not say.</summary>
    public Func<NodeRelease, string?> VersionOf { get; set; } = release => release == NodeRelease.Own ? "1.15.3" : "1.16.0";

    private NodeRelease Chosen { get; set; }

    private NodeRelease Started { get; set; }

    /// <summary>Gets or sets the clock that is right.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Gets or sets how far its own clock is ahead; null when it does not say.</summary>
    public TimeSpan? ClockIsOffBy { get; set; } = TimeSpan.Zero;

    public Task<IProcessorPressure> OccupyAsync(int workers, TimeSpan lease, CancellationToken cancellationToken) =>
        Task.FromResult<IProcessorPressure>(new FakePressure(this));

    public Task<IProcessorPressure> ThrottleAsync(double share, TimeSpan lease, CancellationToken cancellationToken) =>
        Task.FromResult<IProcessorPressure>(new FakePressure(this));

    public Task<IProcessLimit> LimitAsync(ProcessResource resource, long leave, TimeSpan lease, CancellationToken cancellationToken) =>
        Task.FromResult<IProcessLimit>(new FakeLimit(this));

    public Task<IAsyncDisposable> FillAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        HasSpace = false;
        return Task.FromResult<IAsyncDisposable>(new TakenBack(() => HasSpace = true));
    }

    public void Choose(NodeRelease release) => Chosen = release;

    public Task<string?> ReadVersionAsync(CancellationToken cancellationToken) => Task.FromResult(VersionOf(Started));

    public Task<IAsyncDisposable> SetClockOffAsync(TimeSpan by, TimeSpan lease, CancellationToken cancellationToken)
    {
        ClockIsOffBy = by;
        return Task.FromResult<IAsyncDisposable>(new TakenBack(() => ClockIsOffBy = TimeSpan.Zero));
    }

    public Task<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken) => Task.FromResult(Time.GetUtcNow() + ClockIsOffBy);

    public Task<bool> TryWriteAsync(long bytes, CancellationToken cancellationToken) => Task.FromResult(HasSpace);

    private sealed class FakePressure(FakeNode node) : IProcessorPressure
    {
        public Task<ProcessorUse> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(node.Use);

        public Task HealAsync(CancellationToken cancellationToken)
        {
            node.Use = node.Use with { Processes = 0 };
            return Task.CompletedTask;
        }

        public async ValueTask DisposeAsync() => await HealAsync(CancellationToken.None);
    }

    private sealed class FakeLimit(FakeNode node) : IProcessLimit
    {
        public Task<IReadOnlyList<LimitedProcess>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(node.Limited);

        public Task HealAsync(CancellationToken cancellationToken)
        {
            node.Limited = [.. node.Limited.Select(process => process with { IsLimited = false })];
            return Task.CompletedTask;
        }

        public async ValueTask DisposeAsync() => await HealAsync(CancellationToken.None);
    }

    private sealed class TakenBack(Action undo) : IAsyncDisposable
    {
        private Action? _undo = undo;

        public ValueTask DisposeAsync()
        {
            _undo?.Invoke();
            _undo = null;
            return ValueTask.CompletedTask;
        }
    }
}
