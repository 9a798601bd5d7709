namespace Validation.Core.Loads;

/// <summary>A load whose members plan their own operations, each the next one when it knows when that is due.</summary>
public interface IPopulation : IPreparedLoad
{
    /// <summary>Plans the first operations of all members. Returns at once; the operations plan those that follow.</summary>
    /// <param name="book">Fires and records them.</param>
    void Begin(IOperationBook book);
}

/// <summary>Fires the operations that a population plans, and records each: planned when it was due, fired, answered.</summary>
public interface IOperationBook
{
    /// <summary>Gets the time since the run began.</summary>
    TimeSpan Now { get; }

    /// <summary>Plans an operation. Only in <see cref="IPopulation.Begin"/>, from within an operation, and when a reminder comes.</summary>
    /// <remarks>Recorded whatever becomes of it, when it was due before the loads stopped; else forgotten. The load's timeout counts from its instant.</remarks>
    /// <param name="operation">The index of its kind in <see cref="DriverKind.Operations"/>.</param>
    /// <param name="due">When it is due, since the run began. One that has passed is fired at once.</param>
    /// <param name="perform">Does it; as <see cref="IFiredLoad.RunAsync"/>.</param>
    void Plan(int operation, TimeSpan due, Func<Operation, CancellationToken, ValueTask<Outcome>> perform);

    /// <summary>Calls back at an instant, to find out whether something is due. Only where operations may be planned, and when the callback comes.</summary>
    /// <param name="instant">Since the run began. Nothing comes when the loads stop before.</param>
    /// <param name="look">Must be quick.</param>
    void Remind(TimeSpan instant, Action look);
}
