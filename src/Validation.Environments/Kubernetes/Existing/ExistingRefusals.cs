using Validation.Core.Faults;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Helper;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>Says what a scenario asks of a stack that is there already and cannot have, or may not.</summary>
internal sealed class ExistingRefusals
{
    // Settings of SPIRE in a scenario's stack.
    private const string SpireKey = "spire";

    // What the API server alone can do.
    private static readonly Type[] ByApi =
        [typeof(IPod), typeof(IReplica), typeof(IRolloutControl), typeof(IScaleControl), typeof(ICordonControl), typeof(IEvictionControl), typeof(ISpireStack)];

    private readonly ExistingStackOptions _options;
    private readonly FoundStack _found;

    /// <summary>Creates it.</summary>
    /// <param name="options">What the environment file says.</param>
    /// <param name="found">What was found.</param>
    public ExistingRefusals(ExistingStackOptions options, FoundStack found) => (_options, _found) = (options, found);

    /// <summary>Returns everything that speaks against a scenario.</summary>
    /// <param name="scenario">The scenario.</param>
    public IEnumerable<Refusal> Of(Scenario scenario) =>
    [
        .. OfStack(scenario.Stack),
        .. OfLimits(scenario),
        .. scenario.Loads.SelectMany(OfLoad),
        .. scenario.Phases.SelectMany(phase => phase.Faults).SelectMany(OfFault),
    ];

    private IEnumerable<Refusal> OfStack(StackSpec stack)
    {
        foreach (var (key, position) in stack.Stated)
        {
            var found = _found.Of(key);
            if (key == SpireKey)
            {
                yield return new Refusal(position, "the stack is there already: how long its certificates live is set in its own configuration. Leave 'spire' out.");
            }
            else if (found is null && key != Roles.Workload)
            {
                yield return new Refusal(position, $"the scenario asks for {key}, and 'roles' in {_options.File} does not say by what it is found.");
            }
            else if (found is not null && stack.Counts[key] > found.Pods.Count)
            {
                yield return new Refusal(position, $"the scenario asks for {stack.Counts[key]} {key}, and namespace '{found.Where.Namespace}' has {found.Pods.Count} by {found.Where.Selector}.");
            }
        }
    }

    private static IEnumerable<Refusal> OfLimits(Scenario scenario) =>
        from objective in scenario.Objectives
        where objective.LimitSource is not null
        select new Refusal(scenario.Position, $"the limit of '{objective.Name}' is counted from SPIRE's configuration, and that of a stack that is there already is not known here. State a limit.");

    private IEnumerable<Refusal> OfLoad(LoadSpec load)
    {
        var missing = load.Driver.Needs.Select(Missing).OfType<string>().ToArray();
        if (missing.Length > 0)
        {
            yield return new Refusal(load.Position, $"load '{load.Name}' is not possible: {load.Driver.Name} needs {string.Join(", and ", missing)}.");
        }
    }

    private string? Missing(SpireAccess access) => access switch
    {
        SpireAccess.NodeAuthority => _options.Attestation is not null ? null
            : $"an authority that the servers' x509pop attestor trusts, which 'attestation' in {_options.File} would name",
        SpireAccess.Administrator => _options.Administrator is not null ? null
            : $"the rights of an administrator, whose SVID 'administrator' in {_options.File} would name",
        _ => "the Workload API of the agents, whose sockets are on Kubernetes nodes where nothing of the harness runs",
    };

    private IEnumerable<Refusal> OfFault(FaultSpec fault)
    {
        var reason = _options.PermittedFaults.Contains(fault.Kind.Name)
            ? ByPlace(fault)
            : $"{_options.File} permits {(_options.PermittedFaults.Count == 0 ? "no fault" : string.Join(", ", _options.PermittedFaults))}. 'permitted-faults' there would allow it";
        if (reason is not null)
        {
            yield return new Refusal(fault.Position, $"fault '{fault.Kind.Name}' is not permitted: {reason}.");
        }
        else if (Impossible(fault) is { } why)
        {
            yield return new Refusal(fault.Position, $"fault '{fault.Kind.Name}' is not possible: {why}.");
        }
    }

    private string? Impossible(FaultSpec fault)
    {
        if (fault.Kind.NodesMust.Concat(fault.Kind.StackMust).Except(ByApi).Except(_options.Helpers ? NodeHelpers.ToStacks : []).FirstOrDefault() is { } missing)
        {
            return $"a stack that is there already cannot {CapabilityNames.Of(missing)}: " + (NodeHelpers.ToStacks.Contains(missing)
                ? $"the API server alone cannot do it. 'helpers: true' in {_options.File} would allow node helpers, which can"
                : "that part of it is its owner's");
        }

        return Planner.SelectorsOf(fault).Select(selector => _found.Having(selector.Value.Name)).OfType<FoundRole>().Select(role => Impossible(fault.Kind, role)).FirstOrDefault(why => why is not null);
    }

    private static string? Impossible(FaultKind kind, FoundRole role) =>
        role.Owner is not { } owner ? role.Unbreakable
        : kind.StackMust.Contains(typeof(IRolloutControl)) && !owner.CanRollOut ? $"the pods of {role.Role} belong to {owner}, which kubectl cannot restart"
        : kind.StackMust.Contains(typeof(IScaleControl)) && !owner.IsOrdered
            ? $"the pods of {role.Role} belong to {owner}, and only of a StatefulSet is it known which pods go when there are to be fewer"
        : null;

    private string? ByPlace(FaultSpec fault)
    {
        foreach (var (_, selector) in Planner.SelectorsOf(fault))
        {
            if (_found.Having(selector.Name) is { Permission: not OwnersPermission.Faults } role)
            {
                return $"namespace '{role.Where.Namespace}' of {selector.Name} carries {OwnersPermission.Label}={role.Permission}: its owner permits load alone";
            }

            if (_found.Having(selector.Name) is not null && selector.ProblemIn(_found.Nodes) is { } problem)
            {
                return problem.TrimEnd('.');
            }
        }

        return null;
    }
}
