using Validation.Core;
using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;
using Validation.Scenarios.Sections;
using Validation.Scenarios.Yaml;

namespace Validation.Scenarios;

/// <summary>Reads scenario files. Strict: a word that is not known, a key that stands twice or a number without a unit is a mistake.</summary>
/// <remarks>
/// Every mistake of a file is reported at once; only text that is not YAML at all ends the reading where it breaks.
/// Objectives that could not be decided or could not fail, whatever the stack does, are mistakes too.
/// </remarks>
public static class ScenarioReader
{
    /// <summary>Reads a scenario.</summary>
    /// <param name="path">The file, as the user named it; diagnostics and reports repeat it.</param>
    /// <param name="text">The text of the file.</param>
    /// <param name="catalog">The faults, drivers and invariants that the harness knows.</param>
    public static ScenarioReading Read(string path, string text, ScenarioCatalog catalog)
    {
        var log = new DiagnosticLog();
        var scenario = YamlTree.Read(path, text, log) is { } root && MappingReader.Of(root, "the scenario", log) is { } mapping
            ? ReadScenario(mapping, catalog, log)
            : null;
        return new ScenarioReading(log.IsEmpty ? scenario : null, log.InOrder());
    }

    private static Scenario ReadScenario(MappingReader mapping, ScenarioCatalog catalog, DiagnosticLog log)
    {
        var name = mapping.Demand("scenario", Formats.Name, "scenario: server-kill");
        var question = mapping.Demand("question", Formats.Text, "question: Do agents keep getting SVIDs while a server is lost?");
        var seed = mapping.Read("seed", Formats.Seed);
        var repeat = mapping.Read("repeat", Formats.Count(1, 100));
        var deadline = mapping.Read("deadline", Formats.Length());
        var blastRadius = mapping.Read("blast-radius", Formats.Count(1, 100));
        var promises = mapping.ReadList("promises", "promise", Formats.Promise);
        var stack = StackSection.Read(mapping.Find("stack"), log);
        (string Name, string Role)[] nodes = [.. stack.NodeNames(), .. catalog.OtherNodes];
        var loads = new LoadSection(catalog.Drivers, nodes, log).Read(mapping);
        var warmUp = mapping.Read("warm-up", Formats.Length(TimeSpan.Zero, TimeSpan.FromMinutes(10)));
        var phases = new PhaseSection(new FaultSection(catalog.Faults, nodes, log), log).Read(mapping);
        var objectives = new ObjectiveSection(loads, phases, stack, log).Read(mapping);
        var invariants = mapping.ReadList("invariants", "invariant", Formats.OneOf(catalog.Invariants));
        var checks = NamesOfChecks(objectives, invariants ?? catalog.Invariants);
        var expect = ExpectSection.Read(mapping, checks, NamesOfFaults(phases), log);
        if (expect is { Verdict: Verdict.Inconclusive } && repeat > 1)
        {
            mapping.Complain("repeat", "a canary that must be inconclusive is one run: one of several that knows too little would hide that the others know.");
        }

        var incident = IncidentSection.Read(mapping, catalog.Defects, checks, log);
        mapping.RejectOthers();

        return new Scenario
        {
            Name = name ?? string.Empty,
            Question = question ?? string.Empty,
            Position = mapping.Position,
            Seed = seed,
            Repeat = repeat ?? 1,
            BlastRadius = blastRadius,
            Deadline = deadline,
            Promises = promises ?? [],
            Stack = stack,
            Loads = [.. loads.Select(load => load.Spec).OfType<LoadSpec>()],
            WarmUp = warmUp ?? Scenario.DefaultWarmUp,
            Phases = [.. phases.Select(phase => phase.Spec).OfType<PhaseSpec>()],
            Objectives = [.. objectives.OfType<ObjectiveSpec>()],
            Invariants = invariants,
            Expect = expect,
            Incident = incident,
        };
    }

    private static string[]? NamesOfFaults(IReadOnlyCollection<PhaseDraft> phases) =>
        phases.Any(phase => phase.Faults is null) ? null : [.. phases.SelectMany(phase => phase.Faults!)];

    private static string[]? NamesOfChecks(IReadOnlyList<ObjectiveSpec?> objectives, IReadOnlyCollection<string> invariants) =>
        objectives.Contains(null) ? null : [.. objectives.Select(objective => objective!.Name), .. invariants];
}
