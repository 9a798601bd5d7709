namespace Validation.Core;

/// <summary>What the process tells its caller. CI gates on these numbers, so they never change their meaning.</summary>
public enum ExitCode
{
    /// <summary>Everything that was judged passed, or failed exactly as the scenario expects.</summary>
    Pass = 0,

    /// <summary>An objective or an invariant failed.</summary>
    Fail = 1,

    /// <summary>The evidence does not allow a verdict.</summary>
    Inconclusive = 2,

    /// <summary>The input was wrong. Nothing was started.</summary>
    InvalidInput = 3,

    /// <summary>The environment could not be brought up or was lost.</summary>
    EnvironmentFailed = 4,

    /// <summary>Something of ours is still on the machine.</summary>
    LeftUnclean = 5,
}
