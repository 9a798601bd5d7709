using Validation.Core.Faults;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Stacks;

namespace Validation.Core.Running;

/// <summary>What a run is made of. The command line puts it together; nothing else knows all the parts.</summary>
public sealed record RunParts
{
    /// <summary>Gets the environment.</summary>
    public required IEnvironment Environment { get; init; }

    /// <summary>Gets the drivers.</summary>
    public required IReadOnlyList<ILoadDriver> Drivers { get; init; }

    /// <summary>Gets the fault injectors.</summary>
    public required IReadOnlyList<IFaultInjector> Injectors { get; init; }

    /// <summary>Gets the witnesses.</summary>
    public required IReadOnlyList<IRunWitness> Witnesses { get; init; }

    /// <summary>Gets the load generator.</summary>
    public required ILoadGenerator Generator { get; init; }

    /// <summary>Gets the clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Gets who watches the run while it goes on.</summary>
    public required IRunWatcher Watcher { get; init; }

    /// <summary>Gets facts for the report that the environment does not know, such as the harness' own version.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();
}

/// <summary>Somebody who watches a run while it goes on. Called from any thread; must be quick.</summary>
public interface IRunWatcher
{
    /// <summary>Gets who is told what is being waited for, before the loads start.</summary>
    IProgress<string> Progress { get; }

    /// <summary>Tells of an event; it is on disk already.</summary>
    /// <param name="happened">The event.</param>
    void Saw(RunEvent happened);

    /// <summary>Tells of an operation that completed or was given up.</summary>
    /// <param name="sample">The operation.</param>
    void Saw(Sample sample);
}
