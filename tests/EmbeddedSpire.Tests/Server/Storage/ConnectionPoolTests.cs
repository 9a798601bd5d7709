using EmbeddedSpire.Server.Storage;
using EmbeddedSpire.Tests.Server.Running;
using Npgsql;

namespace EmbeddedSpire.Tests.Server.Storage;

/// <summary>The pool behaves like that of Go's <c>database/sql</c>.</summary>
public sealed class ConnectionPoolTests
{
    private readonly ManualClock _clock = new();

    [SkippableFact]
    public async Task Pool_AskedForMoreThanThereMayBe_LetsCallersWaitInOrder()
    {
        await using var scene = await SetAsync(new PoolLimits { MaxOpen = 2, MaxIdle = 2 });
        var first = await scene.Pool.TakeAsync(false, CancellationToken.None);
        var second = await scene.Pool.TakeAsync(false, CancellationToken.None);
        var third = scene.Pool.TakeAsync(false, CancellationToken.None).AsTask();
        var fourth = scene.Pool.TakeAsync(false, CancellationToken.None).AsTask();
        third.IsCompleted.Should().BeFalse();

        scene.Pool.Return(first, isBroken: false);

        (await third).Should().BeSameAs(first);
        fourth.IsCompleted.Should().BeFalse();
        scene.Pool.Return(second, isBroken: true);
        (await fourth).Should().NotBeSameAs(second, "a broken one makes room for a new one");
        scene.Opened.Should().Be(3);
    }

    [SkippableFact]
    public async Task Pool_WhoseCallerGivesUp_LendsToTheNext()
    {
        await using var scene = await SetAsync(new PoolLimits { MaxOpen = 1, MaxIdle = 1 });
        var only = await scene.Pool.TakeAsync(false, CancellationToken.None);
        using var patience = new CancellationTokenSource();
        var impatient = scene.Pool.TakeAsync(false, patience.Token).AsTask();
        var patient = scene.Pool.TakeAsync(false, CancellationToken.None).AsTask();

        await patience.CancelAsync();
        var waiting = () => impatient;
        await waiting.Should().ThrowAsync<OperationCanceledException>();
        scene.Pool.Return(only, isBroken: false);

        (await patient).Should().BeSameAs(only);
    }

    [SkippableFact]
    public async Task Pool_WithMoreIdleThanItKeeps_ClosesTheRest()
    {
        await using var scene = await SetAsync(new PoolLimits { MaxOpen = 10, MaxIdle = 2 });
        var all = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => scene.Pool.TakeAsync(false, CancellationToken.None).AsTask()));

        Array.ForEach(all, connection => scene.Pool.Return(connection, isBroken: false));

        scene.Pool.IdleCount.Should().Be(2);
    }

    [SkippableFact]
    public async Task Pool_WithSeveralIdle_LendsTheOneUsedLast()
    {
        await using var scene = await SetAsync(new PoolLimits { MaxOpen = 10, MaxIdle = 10 });
        var one = await scene.Pool.TakeAsync(false, CancellationToken.None);
        var other = await scene.Pool.TakeAsync(false, CancellationToken.None);
        scene.Pool.Return(one, isBroken: false);
        scene.Pool.Return(other, isBroken: false);

        (await scene.Pool.TakeAsync(false, CancellationToken.None)).Should().BeSameAs(other);
    }

    [SkippableFact]
    public async Task Connection_OlderThanItMayBe_IsNotLentAgain()
    {
        await using var scene = await SetAsync(new PoolLimits { MaxOpen = 10, MaxIdle = 10, MaxLifetime = TimeSpan.FromMinutes(1) });
        var old = await scene.Pool.TakeAsync(false, CancellationToken.None);
        scene.Pool.Return(old, isBroken: false);
        _clock.Advance(TimeSpan.FromMinutes(2));

        (await scene.Pool.TakeAsync(false, CancellationToken.None)).Should().NotBeSameAs(old);
    }

    [SkippableFact]
    public async Task Connection_IdleForLong_IsClosed()
    {
        await using var scene = await SetAsync(new PoolLimits { MaxOpen = 10, MaxIdle = 10, MaxIdleTime = TimeSpan.FromSeconds(30) });
        scene.Pool.Return(await scene.Pool.TakeAsync(false, CancellationToken.None), isBroken: false);
        _clock.Advance(TimeSpan.FromSeconds(20));
        scene.Pool.IdleCount.Should().Be(1);

        _clock.Advance(TimeSpan.FromSeconds(20));

        scene.Pool.IdleCount.Should().Be(0);
    }

    [SkippableFact]
    public async Task Pool_AskedForANewOne_StaysWithinItsLimit()
    {
        await using var scene = await SetAsync(new PoolLimits { MaxOpen = 1, MaxIdle = 1 });
        var used = await scene.Pool.TakeAsync(false, CancellationToken.None);
        scene.Pool.Return(used, isBroken: false);

        var fresh = await scene.Pool.TakeAsync(mustBeNew: true, CancellationToken.None);

        fresh.Should().NotBeSameAs(used);
        fresh.WasUsed.Should().BeFalse();
        scene.Pool.IdleCount.Should().Be(0);
    }

    [SkippableFact]
    public async Task Pool_ThatCannotOpen_LendsToTheNextAllTheSame()
    {
        await using var scene = await SetAsync(new PoolLimits { MaxOpen = 1, MaxIdle = 1 });
        scene.Refuses = true;
        var refused = () => scene.Pool.TakeAsync(false, CancellationToken.None).AsTask();
        await refused.Should().ThrowAsync<NpgsqlException>();
        scene.Refuses = false;

        var take = scene.Pool.TakeAsync(false, CancellationToken.None).AsTask();

        (await take.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System)).Should().NotBeNull();
    }

    [SkippableFact]
    public async Task Pool_ThatLosesPlaces_LendsToNobodyAfterEnoughFailures()
    {
        await using var scene = await SetAsync(new PoolLimits { MaxOpen = 2, MaxIdle = 2, LosesPlaces = true });
        scene.Pool.Return(await scene.Pool.TakeAsync(false, CancellationToken.None), isBroken: true);
        scene.Refuses = true;
        await FluentActions.Awaiting(() => scene.Pool.TakeAsync(false, CancellationToken.None).AsTask()).Should().ThrowAsync<NpgsqlException>();
        scene.Refuses = false;

        var take = scene.Pool.TakeAsync(false, CancellationToken.None).AsTask();

        take.IsCompleted.Should().BeFalse("both places are lost");
    }

    private async Task<Scene> SetAsync(PoolLimits limits) => new(await Postgres.CreateDatabaseAsync(), limits, _clock);

    private sealed class Scene : IAsyncDisposable
    {
        private readonly TestDatabase _database;
        private readonly NpgsqlDataSource _source;

        public Scene(TestDatabase database, PoolLimits limits, TimeProvider time)
        {
            _database = database;
            _source = database.OpenSource();
            Pool = new ConnectionPool(OpenAsync, limits, time);
        }

        public ConnectionPool Pool { get; }

        public int Opened { get; private set; }

        public bool Refuses { get; set; }

        public async ValueTask DisposeAsync()
        {
            await Pool.DisposeAsync();
            await _source.DisposeAsync();
            await _database.DisposeAsync();
        }

        private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
        {
            if (Refuses)
            {
                throw new NpgsqlException("refused");
            }

            Opened++;
            return await _source.OpenConnectionAsync(cancellationToken);
        }
    }
}
