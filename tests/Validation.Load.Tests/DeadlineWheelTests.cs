using Validation.Core.Running;
using Validation.TestKit;

namespace Validation.Load.Tests;

public sealed class DeadlineWheelTests : IDisposable
{
    private const long Millisecond = 1_000_000;

    private readonly ManualClock _clock = new();
    private readonly DeadlineWheel _wheel;

    public DeadlineWheelTests() => _wheel = new DeadlineWheel(new RunClock(_clock));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10_239)]
    [InlineData(10_240)]
    [InlineData(300_000)]
    public void Due_AnyDeadline_ComesWithinATickAndNeverEarly(int milliseconds)
    {
        var told = new Told(_clock);
        _wheel.Add(told, milliseconds * Millisecond);

        _clock.Advance(TimeSpan.FromMinutes(10));

        told.At.Should().ContainSingle().Which.TotalMilliseconds.Should().BeInRange(milliseconds, milliseconds + 10);
    }

    [Fact]
    public void Due_TakenBack_DoesNotCome()
    {
        Told[] told = [new(_clock), new(_clock), new(_clock)];
        Array.ForEach(told, one => _wheel.Add(one, 50 * Millisecond));

        DeadlineWheel.Remove(told[1]);
        DeadlineWheel.Remove(told[1]);
        _clock.Advance(TimeSpan.FromSeconds(1));

        told.Select(one => one.At.Count).Should().Equal(1, 0, 1);
    }

    [Fact]
    public void Due_AfterAStandstillOfTheProcess_ComesAtOnce()
    {
        var told = new Told(_clock);
        _wheel.Add(told, 50 * Millisecond);

        _clock.Jump(TimeSpan.FromMinutes(2));

        told.At.Should().ContainSingle();
    }

    [Fact]
    public void Due_AddsItselfAgain_ComesAgain()
    {
        var told = new Told(_clock);
        told.AtFirst = () => _wheel.Add(told, 500 * Millisecond);
        _wheel.Add(told, 50 * Millisecond);

        _clock.Advance(TimeSpan.FromSeconds(1));

        told.At.Should().HaveCount(2);
    }

    public void Dispose() => _wheel.Dispose();

    private sealed class Told(ManualClock clock) : DeadlineWheel.Entry
    {
        public List<TimeSpan> At { get; } = [];

        public Action? AtFirst { get; set; }

        protected internal override void Due()
        {
            At.Add(clock.Elapsed);
            if (At.Count == 1)
            {
                AtFirst?.Invoke();
            }
        }
    }
}
