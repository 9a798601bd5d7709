namespace Validation.Load.Tests;

/// <summary>Tests under the system's clock: one at a time, when the others are over, so that nothing takes their processors.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class WallClockTests
{
    public const string Name = "Wall clock";
}
