using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;
using Validation.Scenarios.Yaml;

namespace Validation.Scenarios.Sections;

/// <summary>A phase as far as it could be read.</summary>
/// <param name="Name">Its name, also when it is not allowed: whoever refers to it is not to blame.</param>
/// <param name="HasFaults">Whether faults begin in it, also when they could not be read.</param>
/// <param name="Spec">The phase; null when its length could not be read.</param>
/// <param name="Faults">The names of its faults; null when not all of them could be read.</param>
internal sealed record PhaseDraft(string Name, bool HasFaults, PhaseSpec? Spec, IReadOnlyList<string>? Faults);

/// <summary>Reads <c>phases</c>: the timeline.</summary>
internal sealed class PhaseSection
{
    private readonly FaultSection _faults;
    private readonly NameRegister _names;
    private readonly DiagnosticLog _log;

    /// <summary>Creates the reader.</summary>
    /// <param name="faults">Reads the faults of a phase.</param>
    /// <param name="log">Takes what is wrong.</param>
    public PhaseSection(FaultSection faults, DiagnosticLog log)
    {
        _faults = faults;
        _names = new NameRegister("phase", log);
        _log = log;
    }

    /// <summary>Reads the phases.</summary>
    /// <param name="scenario">The scenario.</param>
    public IReadOnlyList<PhaseDraft> Read(MappingReader scenario) =>
    [
        .. scenario.DemandItems("phases", "phases: [{ name: baseline, for: 15s }]").Select(ReadPhase).OfType<PhaseDraft>(),
    ];

    private PhaseDraft? ReadPhase(YamlValue value)
    {
        if (MappingReader.Of(value, "a phase", _log) is not { } phase)
        {
            return null;
        }

        var given = phase.Demand("name", "name: baseline");
        var name = (given as YamlText)?.Text ?? string.Empty;
        if (given is not null && phase.Convert(given, "name", Formats.Name) is not null)
        {
            TakeName(name, given.Position);
        }

        var length = phase.Demand("for", Formats.Length(), "for: 15s");
        var read = phase.ReadItems("faults").Select(fault => _faults.Read(fault, name, length)).ToArray();
        FaultSpec[] specs = [.. read.SelectMany(faults => faults)];
        phase.RejectOthers();
        var spec = length is null ? null : new PhaseSpec
        {
            Name = name,
            Length = length.Value,
            Faults = specs,
            Position = phase.Position,
        };
        return new PhaseDraft(name, phase.Has("faults"), spec, read.Any(faults => faults.Count == 0) ? null : [.. specs.Select(fault => fault.Name)]);
    }

    private void TakeName(string name, SourcePosition position)
    {
        if (name == WindowName.WholeWord)
        {
            _log.Add(position, $"a phase cannot be named '{name}': that is the window over the whole run.");
        }

        _names.Take(name, position);
    }
}
