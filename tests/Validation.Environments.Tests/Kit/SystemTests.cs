namespace Validation.Environments.Tests.Kit;

/// <summary>Tests with real namespaces and real processes: one at a time, and they sleep.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SystemTests
{
    public const string Name = "System";
}
