namespace Validation.Core.Loads;

/// <summary>How an operation ended.</summary>
/// <param name="Failure">
/// Null when it succeeded, else the class of the failure in lower case with dashes: <c>unavailable</c>,
/// <c>permission-denied</c>, <c>svid-does-not-verify</c>. There are few classes; the variable part goes into
/// <paramref name="Detail"/>.
/// </param>
/// <param name="Detail">What exactly went wrong, for a person.</param>
public readonly record struct Outcome(string? Failure, string? Detail = null)
{
    /// <summary>The class of operations whose time was over before they had an answer.</summary>
    public const string TimedOut = "timed-out";

    /// <summary>The class of operations that the generator could not fire before their time was over.</summary>
    public const string NotFired = "not-fired";

    /// <summary>The class of operations whose driver threw something it should have handled.</summary>
    public const string DriverError = "driver-error";

    /// <summary>The class of operations whose worker was lost before it told how they ended. The stack is not to blame for them.</summary>
    public const string WorkerLost = "worker-lost";

    /// <summary>Gets the outcome of an operation that succeeded.</summary>
    public static Outcome Success => default;

    /// <summary>Gets whether the operation succeeded.</summary>
    public bool Succeeded => Failure is null;

    /// <summary>Returns the outcome of an operation that failed.</summary>
    /// <param name="failure">The class of the failure.</param>
    /// <param name="detail">What exactly went wrong.</param>
    public static Outcome Failed(string failure, string? detail = null) => new(failure, detail);
}
