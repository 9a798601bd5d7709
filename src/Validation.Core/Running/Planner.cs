using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Running;

/// <summary>Makes the plan of a scenario for an environment, or says why there cannot be one.</summary>
public static class Planner
{
    /// <summary>Returns what the environment cannot do for the scenario; empty when it can do everything.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="shape">The stack the environment would bring up.</param>
    /// <param name="environment">The environment's name.</param>
    public static IReadOnlyList<Refusal> Refusals(Scenario scenario, StackShape shape, string environment)
    {
        var refusals = new List<Refusal>();
        foreach (var fault in scenario.Phases.SelectMany(phase => phase.Faults))
        {
            foreach (var capability in fault.Kind.StackMust.Where(capability => !shape.Can.Contains(capability)))
            {
                refusals.Add(Impossible(fault, $"a stack in '{environment}' cannot {CapabilityNames.Of(capability)}"));
            }

            refusals.AddRange(
                from selector in SelectorsOf(fault)
                where !shape.Nodes.Any(node => node.Name == selector.Value.Name || node.Role == selector.Value.Name)
                select Impossible(fault, $"a stack in '{environment}' has no {selector.Value.Name}"));
            refusals.AddRange(
                from selector in SelectorsOf(fault)
                where selector.Value.StackMust is { } capability && !shape.Can.Contains(capability)
                select Impossible(fault, $"a stack in '{environment}' cannot {CapabilityNames.Of(selector.Value.StackMust!)}"));
            refusals.AddRange(
                from selector in SelectorsOf(fault)
                from node in shape.Nodes
                where node.Name == selector.Value.Name || node.Role == selector.Value.Name
                from capability in fault.Kind.NodesMust
                where !node.Can.Contains(capability)
                select Impossible(fault, $"{node.Name} in '{environment}' cannot {CapabilityNames.Of(capability)}"));
            if (fault.Kind.Objection(fault, shape) is { } objection)
            {
                refusals.Add(Impossible(fault, objection));
            }
        }

        refusals.AddRange(
            from load in scenario.Loads
            from capability in load.Driver.StackMust(load.Parameters)
            where !shape.Can.Contains(capability)
            select new Refusal(load.Position, $"load '{load.Name}' is not possible: a stack in '{environment}' cannot {CapabilityNames.Of(capability)}."));

        // A fault that is repeated is refused once.
        return [.. refusals.Distinct()];
    }

    /// <summary>Makes the plan.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="seed">The seed of every choice.</param>
    /// <param name="environment">The environment's name.</param>
    /// <param name="shape">The stack it will bring up.</param>
    /// <param name="invariants">All invariants that the harness knows.</param>
    /// <exception cref="HarnessException">With the choices of this seed, faults would get into each other's way.</exception>
    public static Plan Make(Scenario scenario, Seed seed, string environment, StackShape shape, IEnumerable<IInvariant> invariants)
    {
        var nodes = shape.Nodes.Select(node => (node.Name, node.Role)).ToArray();
        var resolver = new TargetResolver(seed);
        if (Collisions.In(scenario, resolver, nodes) is { Count: > 0 } collisions)
        {
            throw new HarnessException(ExitCode.InvalidInput, string.Join('\n', collisions), $"Nothing was started. The seed is {seed.Value}.");
        }

        var startsAt = scenario.WarmUp;
        var phases = new List<PlannedPhase>();
        foreach (var phase in scenario.Phases)
        {
            phases.Add(new PlannedPhase(phase.Name, startsAt, phase.Length));
            startsAt += phase.Length;
        }

        return new Plan
        {
            Scenario = scenario.Name,
            Question = scenario.Question,
            File = scenario.Position.Path,
            Seed = seed.Value,
            Repeat = scenario.Repeat > 1 ? scenario.Repeat : null,
            Environment = environment,
            Nodes = [.. nodes.Select(node => node.Name)],
            Loads = [.. scenario.Loads.SelectMany(load => Describe(load, seed, scenario.WarmUp))],
            WarmUp = scenario.WarmUp,
            Phases = phases,
            Faults =
            [
                .. from phase in scenario.Phases
                   from fault in phase.Faults.OrderBy(fault => fault.At)
                   select Describe(phase, fault, resolver, nodes),
            ],
            Objectives = scenario.Objectives,
            Invariants = scenario.Invariants ?? [.. FedInvariants(scenario, invariants)],
            Promises = scenario.Promises,
            Expect = scenario.Expect,
            Incident = scenario.Incident,
            Defect = scenario.Stack.Defect,
        };
    }

    /// <summary>Returns the selectors of a fault, by parameter.</summary>
    /// <param name="fault">The fault.</param>
    public static IEnumerable<(Parameter<Selector> Parameter, Selector Value)> SelectorsOf(FaultSpec fault) =>
        fault.Kind.Parameters.OfType<Parameter<Selector>>().Select(parameter => (parameter, fault.Parameters.Get(parameter)));

    private static Refusal Impossible(FaultSpec fault, string why) => new(fault.Position, $"fault '{fault.Kind.Name}' is not possible: {why}.");

    private static IEnumerable<string> FedInvariants(Scenario scenario, IEnumerable<IInvariant> invariants)
    {
        var feeding = scenario.Loads.Select(load => load.Driver.Name)
            .Concat(scenario.Phases.SelectMany(phase => phase.Faults).Select(fault => fault.Kind.Name))
            .ToHashSet();
        return invariants.Where(invariant => invariant.FedBy.Any(feeding.Contains)).Select(invariant => invariant.Name);
    }

    private static IEnumerable<PlannedLoad> Describe(LoadSpec load, Seed seed, TimeSpan warmUp) => load.Streams.Select(stream =>
        new PlannedLoad(stream.Name, load.Driver.Name, stream.Arrivals.PerSecond, load.Timeout, load.Parameters.ToText(load.Driver.Parameters))
        {
            Operation = stream.Operation,
            Uneven = stream.Arrivals is EvenArrivals or OwnArrivals ? null : stream.Arrivals.Settle(seed.StreamFor($"load {load.Name} arrivals"), warmUp),
        });

    private static PlannedFault Describe(
        PhaseSpec phase, FaultSpec fault, TargetResolver resolver, IReadOnlyCollection<(string Name, string Role)> nodes)
    {
        var targets = SelectorsOf(fault).ToDictionary(
            selector => selector.Parameter.Name,
            selector => resolver.FromPlan(fault.Name, selector.Parameter.Name, selector.Value, nodes) is { } names
                ? string.Join(", ", names)
                : $"{selector.Value} when it fires");
        return new PlannedFault(fault.Name, fault.Kind.Name, phase.Name, fault.At, targets, fault.Parameters.ToText(fault.Kind.Parameters));
    }
}
