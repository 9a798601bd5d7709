using Validation.Core.Faults;
using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Environments.Local;
using Validation.Faults;
using Validation.Load.SelfWatching;
using Validation.Scenarios;
using Validation.Spire;

namespace Validation.Cli.Composition;

/// <summary>Everything that scenarios can name.</summary>
internal sealed class Catalog
{
    /// <summary>Creates the catalog.</summary>
    /// <param name="time">The clock.</param>
    public Catalog(TimeProvider time)
    {
        Injectors = FaultCatalog.Injectors(time);
        Drivers = SpireCatalog.Drivers();
        Witnesses = [.. SpireCatalog.Witnesses(time), new SelfWatch(time)];
        Invariants = SpireCatalog.Invariants();
    }

    /// <summary>Gets the names of all faults.</summary>
    public static IReadOnlyList<string> FaultNames => [.. FaultCatalog.Injectors(TimeProvider.System).Select(injector => injector.Kind.Name)];

    /// <summary>Gets the fault injectors.</summary>
    public IReadOnlyList<IFaultInjector> Injectors { get; }

    /// <summary>Gets the drivers.</summary>
    public IReadOnlyList<ILoadDriver> Drivers { get; }

    /// <summary>Gets the witnesses.</summary>
    public IReadOnlyList<IRunWitness> Witnesses { get; }

    /// <summary>Gets the invariants.</summary>
    public IReadOnlyList<IInvariant> Invariants { get; }

    /// <summary>Gets the defects of the embedded SPIRE and of the stack around it.</summary>
    public static IReadOnlyList<DefectKind> Defects { get; } =
        [.. EmbeddedSpire.Defect.All.Select(defect => new DefectKind(defect.Name, defect.Summary)), .. LocalEnvironment.Defects];

    /// <summary>Gets the words for the scenario reader.</summary>
    public ScenarioCatalog Words => new(
        [.. Injectors.Select(injector => injector.Kind)],
        [.. Drivers.Select(driver => driver.Kind)],
        [.. Invariants.Select(invariant => invariant.Name)])
    {
        Defects = Defects,
    };
}
