using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Loads;

/// <summary>Knows how to do one kind of operation.</summary>
public interface ILoadDriver
{
    /// <summary>Gets what one operation is and which parameters the driver has.</summary>
    DriverKind Kind { get; }

    /// <summary>Does everything that should not be measured: attests, registers entries, makes keys ahead of need.</summary>
    /// <param name="load">The load.</param>
    /// <param name="site">Where it runs and whom it tells.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <exception cref="HarnessException">The stack did not let it prepare.</exception>
    Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken);
}

/// <summary>A load that is ready to go: an <see cref="IFiredLoad"/> or an <see cref="IPopulation"/>.</summary>
public interface IPreparedLoad : IAsyncDisposable;

/// <summary>A load whose operations are fired by its arrivals. They overlap; they may come from any thread.</summary>
public interface IFiredLoad : IPreparedLoad
{
    /// <summary>Does one operation.</summary>
    /// <param name="operation">Its number and its stop-watch.</param>
    /// <param name="cancellationToken">Cancelled when the operation's time is over. After the operation it belongs to another one.</param>
    /// <returns>Whether it succeeded. Exceptions other than cancellation count as failures of the class <c>driver-error</c>.</returns>
    ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken);
}

/// <summary>One operation while it runs.</summary>
public sealed class Operation
{
    private readonly TimeProvider _time;

    /// <summary>Creates the operation.</summary>
    /// <param name="number">Its number in its load, from 0.</param>
    /// <param name="time">The clock.</param>
    public Operation(long number, TimeProvider time) => (Number, _time) = (number, time);

    /// <summary>Gets the operation's number in its load, from 0.</summary>
    public long Number { get; }

    /// <summary>Gets the timestamp of <see cref="Answered"/>; null while there is no answer.</summary>
    public long? AnsweredTimestamp { get; private set; }

    /// <summary>Stops the watch: the answer is here. What the driver does afterwards, such as verifying it, is not measured.</summary>
    public void Answered() => AnsweredTimestamp ??= _time.GetTimestamp();
}

/// <summary>Where a load runs and whom it tells.</summary>
/// <param name="Stack">The stack.</param>
/// <param name="Spire">How to reach SPIRE in it.</param>
/// <param name="Events">Where to record what must not be lost, such as acknowledged entries.</param>
/// <param name="Svids">Where to record every SVID that was received.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Time">The clock.</param>
public sealed record LoadSite(
    IStack Stack, ISpireStack Spire, IEventSink Events, ISvidSink Svids, Seed Seed, TimeProvider Time);
