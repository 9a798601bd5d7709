using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;

namespace Validation.Scenarios.Sections;

/// <summary>Reads <c>incident</c>: what was reported, and the defect by which the scenario can be seen to notice it.</summary>
internal static class IncidentSection
{
    private const string DefectKey = "defect";
    private const string CaughtByKey = "caught-by";

    /// <summary>Reads the incident.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="defects">The defects that there are.</param>
    /// <param name="checks">The names of the scenario's objectives and invariants; null when not all of them could be read.</param>
    /// <param name="log">Takes what is wrong.</param>
    /// <returns>Null when there is none, or when it could not be read.</returns>
    public static IncidentSpec? Read(MappingReader scenario, IEnumerable<DefectKind> defects, IReadOnlyCollection<string>? checks, DiagnosticLog log)
    {
        if (scenario.Find("incident") is not { } value || MappingReader.Of(value, "'incident'", log) is not { } incident)
        {
            return null;
        }

        var source = incident.Demand("source", Formats.Text, "source: spiffe/spire#4565");
        var defect = incident.Read(DefectKey, Formats.Word(defects.ToDictionary(kind => kind.Name)));
        var caughtBy = incident.Read(CaughtByKey, checks is null ? Formats.Text : Formats.OneOf(checks));
        if (incident.Has(DefectKey) != incident.Has(CaughtByKey))
        {
            incident.Complain(DefectKey, $"'{DefectKey}' and '{CaughtByKey}' belong together: the one says what is broken, the other what notices it.");
        }

        incident.RejectOthers();
        return source is null ? null : new IncidentSpec(source) { Defect = defect, CaughtBy = caughtBy };
    }
}
