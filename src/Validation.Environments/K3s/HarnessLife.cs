namespace Validation.Environments.K3s;

/// <summary>What can be said of the process that a <see cref="HarnessMark"/> names.</summary>
internal enum HarnessLife
{
    /// <summary>It runs.</summary>
    Runs,

    /// <summary>It has ended.</summary>
    Ended,

    /// <summary>It cannot be seen from here: it belongs to another container, another machine or an earlier boot.</summary>
    Unknown,
}
