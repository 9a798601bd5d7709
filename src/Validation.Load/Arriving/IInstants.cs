namespace Validation.Load.Arriving;

/// <summary>The planned instants of a load. The same arrivals give the same instants, in whatever share they are walked.</summary>
internal interface IInstants
{
    /// <summary>Returns the planned instant of an operation.</summary>
    /// <param name="number">The operation's number in its load; never lower than in the call before.</param>
    /// <returns>Nanoseconds since the loads started; never less than for a lower number.</returns>
    long At(long number);
}
