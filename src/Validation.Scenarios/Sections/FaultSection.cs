using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;
using Validation.Scenarios.Yaml;

namespace Validation.Scenarios.Sections;

/// <summary>Reads the faults of a phase.</summary>
internal sealed class FaultSection
{
    private readonly Dictionary<string, FaultKind> _kinds;
    private readonly IReadOnlyCollection<(string Name, string Role)> _nodes;
    private readonly NameRegister _names;
    private readonly DiagnosticLog _log;

    /// <summary>Creates the reader.</summary>
    /// <param name="kinds">The kinds of faults.</param>
    /// <param name="nodes">The names and roles of the stack's nodes.</param>
    /// <param name="log">Takes what is wrong.</param>
    public FaultSection(IEnumerable<FaultKind> kinds, IReadOnlyCollection<(string Name, string Role)> nodes, DiagnosticLog log)
    {
        _kinds = kinds.ToDictionary(kind => kind.Name);
        _nodes = nodes;
        _names = new NameRegister("fault", log);
        _log = log;
    }

    /// <summary>Reads one entry.</summary>
    /// <param name="value">The entry.</param>
    /// <param name="phase">The name of its phase.</param>
    /// <param name="phaseLength">How long its phase lasts; null when that could not be read.</param>
    /// <returns>A fault for each of its instants, and for each target that has one of its own; none when its kind is not known.</returns>
    public IReadOnlyList<FaultSpec> Read(YamlValue value, string phase, TimeSpan? phaseLength)
    {
        if (MappingReader.Of(value, "a fault", _log) is not { } fault)
        {
            return [];
        }

        var kind = fault.Demand("fault", Formats.Word(_kinds), "fault: kill");
        var instants = InstantsSection.Read(fault, phase, phaseLength);
        var name = fault.Read("name", Formats.Text);
        if (name is not null)
        {
            _names.Take(name, fault.Position);
        }

        if (kind is null)
        {
            return [];
        }

        var parameters = ParameterSection.Read(fault, kind.Parameters, _nodes);
        var stagger = StaggerSection.Read(fault, kind, parameters, _nodes, instants[^1], phaseLength);
        fault.RejectOthers();
        var first = name ?? _names.TakeDefault($"{phase}/{kind.Name}", fault.Position);
        var faults = new List<FaultSpec>();
        foreach (var at in instants)
        {
            string? drawnFor = null;
            for (var turn = 0; turn < stagger.Targets; turn++)
            {
                var own = faults.Count == 0 ? first : _names.TakeDefault(first, fault.Position);
                drawnFor ??= own;
                faults.Add(new FaultSpec
                {
                    Name = own,
                    Kind = kind,
                    At = at + (stagger.By * turn),
                    Parameters = stagger.Targets == 1 ? parameters : parameters.WithTurn(StaggerSection.Target, new SelectorTurn(drawnFor, turn)),
                    Position = fault.Position,
                });
            }
        }

        return faults;
    }
}
