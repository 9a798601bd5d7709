namespace Validation.Core.Capacity;

/// <summary>A level that is to be measured.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Rate">The rate of the load.</param>
/// <param name="Purpose">What it is measured for.</param>
public sealed record LevelOrder(int Number, Rate Rate, LevelPurpose Purpose);

/// <summary>What a level is measured for.</summary>
public enum LevelPurpose
{
    /// <summary>To find the rate.</summary>
    Search,

    /// <summary>To see for a longer time that the rate that was found holds.</summary>
    Confirm,

    /// <summary>To see how the stack gets there: the scalability law needs more rates than the search did.</summary>
    Scale,
}

/// <summary>How a level ended.</summary>
public enum LevelOutcome
{
    /// <summary>All objectives are met.</summary>
    Met,

    /// <summary>An objective or an invariant failed.</summary>
    Failed,

    /// <summary>Not all objectives are met, and none failed: a limit lies within an interval.</summary>
    Undecided,

    /// <summary>The harness did not fire what was planned, or lacked what it needs: the level says nothing about the stack.</summary>
    HarnessLimited,
}
