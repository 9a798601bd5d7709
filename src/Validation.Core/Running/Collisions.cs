using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Running;

/// <summary>
/// Finds faults that would take away a node which another one holds, or change what another one has changed, or take away more nodes
/// of a role than the scenario allows.
/// </summary>
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
            var absences = InOrder(phase.Faults.SelectMany(fault => AbsencesOf(fault, resolver, nodes)));
            refusals.AddRange(Meeting(absences).Select(pair => TwiceAway(pair.Earlier, pair.Later)));
            refusals.AddRange(Meeting(InOrder(phase.Faults.SelectMany(fault => ChangesOf(fault, resolver, nodes)))).Select(pair => TwiceChanged(pair.Earlier, pair.Later)));
            refusals.AddRange(absences
                .Select(absence => TooMany(scenario, absence, absences, nodes))
                .OfType<Refusal>()
                .Take(1));
        }

        return refusals;
    }

    private static Claim[] InOrder(IEnumerable<Claim> claims) => [.. claims.OrderBy(claim => claim.From)];

    private static IEnumerable<Claim> AbsencesOf(FaultSpec fault, TargetResolver resolver, IReadOnlyCollection<(string Name, string Role)> nodes)
    {
        if (fault.Kind.TakesAway is { } whom)
        {
            yield return new Claim(fault, string.Empty, whom.Text, whom.Name);
        }

        foreach (var (node, role) in fault.Kind.TakesTargetsAway ? TargetsOf(fault, resolver, nodes, isOfAway: true) : [])
        {
            yield return new Claim(fault, string.Empty, node, role);
        }
    }

    private static IEnumerable<Claim> ChangesOf(FaultSpec fault, TargetResolver resolver, IReadOnlyCollection<(string Name, string Role)> nodes)
    {
        if (fault.Kind.Changes(fault) is not { } what)
        {
            return [];
        }

        var targets = TargetsOf(fault, resolver, nodes, isOfAway: false).ToArray();
        return !fault.Kind.ChangesStack && fault.Kind.Parameters.OfType<Parameter<Selector>>().Any(parameter => parameter.Name == Target)
            ? targets.Select(target => new Claim(fault, what, target.Name, target.Role))
            : [new Claim(fault, what, string.Empty, string.Empty)];
    }

    private static IEnumerable<(string Name, string Role)> TargetsOf(
        FaultSpec fault, TargetResolver resolver, IReadOnlyCollection<(string Name, string Role)> nodes, bool isOfAway) =>
        from selector in Planner.SelectorsOf(fault)
        where selector.Parameter.Name == Target

        // Whoever has a role of the database is known only when the fault begins; two faults on 'primary' mean the same node.
        let targets = resolver.FromPlan(fault.Name, Target, selector.Value, nodes) ?? [selector.Value.Text]
        from node in isOfAway ? fault.Kind.AwayOf(fault, targets) : targets
        select (node, nodes.FirstOrDefault(known => known.Name == node).Role ?? selector.Value.Name);

    private static IEnumerable<(Claim Earlier, Claim Later)> Meeting(Claim[] claims) =>
        from pair in claims.SelectMany((later, i) => claims.Take(i).Select(earlier => (Earlier: earlier, Later: later)))
        where pair.Earlier.What == pair.Later.What && pair.Earlier.MayBe(pair.Later) && pair.Earlier.To >= pair.Later.From
        select pair;

    private static Refusal TwiceAway(Claim earlier, Claim later) => new(
        later.Fault.Position,
        $"fault '{later.Fault.Name}' takes {later.Node} away at {Duration.Format(later.From)}, when '{earlier.Fault.Name}' already has "
        + $"{(later.Node == earlier.Node ? string.Empty : $"{earlier.Node}, which may be the same node ")}(from {Duration.Format(earlier.From)} to {Duration.Format(earlier.To)}). "
        + "Let it begin later, or choose another node.");

    private static Refusal TwiceChanged(Claim earlier, Claim later) => new(
        later.Fault.Position,
        $"fault '{later.Fault.Name}' changes {later.What}{(later.Node.Length == 0 ? string.Empty : $" of {later.Node}")} at {Duration.Format(later.From)}, when '{earlier.Fault.Name}' already has "
        + $"{(later.Node == earlier.Node ? string.Empty : $"those of {earlier.Node}, which may be the same node ")}(from {Duration.Format(earlier.From)} to {Duration.Format(earlier.To)}). Let it begin later.");

    private static Refusal? TooMany(Scenario scenario, Claim absence, Claim[] all, IReadOnlyCollection<(string Name, string Role)> nodes)
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

    /// <summary>What a fault holds for itself while it lasts, by what the scenario says.</summary>
    /// <param name="Fault">The fault.</param>
    /// <param name="What">What it changes; empty when it takes the node away altogether.</param>
    /// <param name="Node">The node's name, or the selector that only the run can resolve; empty for the stack.</param>
    /// <param name="Role">The node's role.</param>
    private sealed record Claim(FaultSpec Fault, string What, string Node, string Role)
    {
        private const string Primary = "/primary", Replica = "/replica";

        public TimeSpan From => Fault.At;

        // Who is away too long for the scenario is counted with the time of the return; whom another fault may take away then, and when, is the scenario's affair.
        public TimeSpan To => Fault.At + Fault.Length + (What.Length == 0 ? TimeSpan.Zero : Fault.Kind.Return);

        // The primary is no replica. Whoever else is known only when the fault begins may be any node of the role.
        public bool MayBe(Claim other) => Node == other.Node || (Role == other.Role && (IsOpen || other.IsOpen) && !(Is(Primary) && other.Is(Replica)) && !(Is(Replica) && other.Is(Primary)));

        private bool IsOpen => Node.Contains('/', StringComparison.Ordinal);

        private bool Is(string choice) => Node.EndsWith(choice, StringComparison.Ordinal);
    }
}
