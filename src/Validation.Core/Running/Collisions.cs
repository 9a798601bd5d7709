using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Running;

/// <summary>Finds faults that would take away a node which another one holds, or more nodes of a role than the scenario allows.</summary>
/// <remarks>All other faults compose: a slow network and a killed server are two things that go wrong at once.</remarks>
internal static class Collisions
{
    private const string Target = "target";

    /// <summary>Finds them.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="resolver">Resolves selectors with the run's seed.</param>
    /// <param name="nodes">The names and roles of the stack's nodes.</param>
    public static IReadOnlyList<Refusal> In(Scenario scenario, TargetResolver resolver, IReadOnlyCollection<(string Name, string Role)> nodes)
    {
        var refusals = new List<Refusal>();
        foreach (var phase in scenario.Phases)
        {
            var absences = phase.Faults
                .Where(fault => fault.Kind.TakesTargetsAway)
                .SelectMany(fault => AbsencesOf(fault, resolver, nodes))
                .OrderBy(absence => absence.From)
                .ToArray();
            refusals.AddRange(absences.SelectMany((absence, i) => absences.Take(i)
                .Where(earlier => earlier.Node == absence.Node && earlier.To >= absence.From)
                .Select(earlier => TwiceAway(earlier, absence))));
            refusals.AddRange(absences
                .Select(absence => TooMany(scenario, absence, absences, nodes))
                .OfType<Refusal>()
                .Take(1));
        }

        return refusals;
    }

    private static IEnumerable<Absence> AbsencesOf(FaultSpec fault, TargetResolver resolver, IReadOnlyCollection<(string Name, string Role)> nodes) =>
        from selector in Planner.SelectorsOf(fault)
        where selector.Parameter.Name == Target

        // Whoever has a role of the database is known only when the fault begins; two faults on 'primary' mean the same node.
        from node in fault.Kind.AwayOf(fault, resolver.FromPlan(fault.Name, Target, selector.Value, nodes) ?? [selector.Value.Text])
        select new Absence(fault, node, nodes.FirstOrDefault(known => known.Name == node).Role ?? selector.Value.Name);

    private static Refusal TwiceAway(Absence earlier, Absence later) => new(
        later.Fault.Position,
        $"fault '{later.Fault.Name}' takes {later.Node} away at {Duration.Format(later.From)}, when '{earlier.Fault.Name}' already has "
        + $"(from {Duration.Format(earlier.From)} to {Duration.Format(earlier.To)}). Let it begin later, or choose another node.");

    private static Refusal? TooMany(Scenario scenario, Absence absence, Absence[] all, IReadOnlyCollection<(string Name, string Role)> nodes)
    {
        var there = nodes.Count(node => node.Role == absence.Role);
        var allowed = scenario.BlastRadius ?? Math.Max(1, there - 1);
        var away = all.Where(other => other.Role == absence.Role && other.From <= absence.From && absence.From <= other.To + other.Fault.Kind.Return)
            .Select(other => other.Node).Distinct().Count();
        return away <= allowed
            ? null
            : new Refusal(
                absence.Fault.Position,
                $"at {Duration.Format(absence.From)} {away} of {there} nodes of role '{absence.Role}' are away at once; allowed are {allowed}. "
                + $"Write 'blast-radius: {away}' into the scenario when that is meant.");
    }

    /// <summary>A node that is away because of a fault, by what the scenario says.</summary>
    private sealed record Absence(FaultSpec Fault, string Node, string Role)
    {
        public TimeSpan From => Fault.At;

        public TimeSpan To => Fault.At + Fault.Length;
    }
}
