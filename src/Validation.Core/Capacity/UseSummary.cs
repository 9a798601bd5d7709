using System.Globalization;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Core.Capacity;

/// <summary>What the stack used while a level was measured.</summary>
internal sealed class UseSummary
{
    // The harness calls its own processors used up from the same share on.
    private const double NearlyAll = HealthJudge.NearlyAll;
    private const string Harness = "harness";

    private readonly StackUse[] _facts;
    private readonly (string Role, double Processors)[] _roles;

    private UseSummary(StackUse[] facts, double harness)
    {
        _facts = facts;
        _roles =
        [
            .. facts.SelectMany(fact => fact.Nodes).GroupBy(node => node.Role)
                .Select(role => (Role: role.Key, Processors: role.Sum(node => node.Processors) / facts.Length))
                .Append((Role: Harness, Processors: harness))
                .OrderByDescending(role => role.Processors),
        ];
    }

    /// <summary>Gets who used how many processors, as a sentence that begins with a blank.</summary>
    public string Processors
    {
        get
        {
            var used = string.Join(", ", _roles.Where(role => role.Processors >= 0.05).Select(role => Invariant($"{role.Role} {role.Processors:0.0}")));
            return Shared is { } shared ? Invariant($" Processors used, of {shared:0.#}: {used}.") : $" Processors used: {used}.";
        }
    }

    /// <summary>Gets that clients waited for the pool; null when at most times none did.</summary>
    public Bottleneck? Pool => Median(fact => fact.WaitingClients) is > 0 and { } waiting
        ? new Bottleneck(BottleneckKind.Pool, Invariant($"{waiting} clients waited for a connection of the pool, in the median.") + Processors)
        : null;

    /// <summary>Gets that the database had nearly no connection left; null when it had.</summary>
    public Bottleneck? Connections => (Median(fact => fact.BusyConnections), _facts[^1].ConnectionsAllowed) is ({ } open, { } allowed) && open >= NearlyAll * allowed
        ? new Bottleneck(BottleneckKind.Database, Invariant($"{open} of the {allowed} connections to the database that the SPIRE servers may open were busy, in the median.") + Processors)
        : null;

    /// <summary>Gets who used most of the processors where these were used up; null where they were not.</summary>
    public Bottleneck? Busiest
    {
        get
        {
            var full = _facts.SelectMany(fact => fact.Nodes).GroupBy(node => node.Node)
                .Select(node => (Node: node.First(), Used: node.Sum(one => one.Processors) / _facts.Length))
                .FirstOrDefault(node => node.Used >= NearlyAll * node.Node.Allowed);
            return full.Node is not null ? new Bottleneck(KindOf(full.Node.Role), Invariant($"{full.Node.Node} used {full.Used:0.0} of its {full.Node.Allowed:0.0} processors.") + Processors)
                : _roles.Sum(role => role.Processors) >= NearlyAll * Shared ? new Bottleneck(KindOf(_roles[0].Role), $"The processors were used up, most of them by '{_roles[0].Role}'.{Processors}")
                : null;
        }
    }

    private double? Shared => _facts[^1].SharedProcessors;

    /// <summary>Sums up what was recorded while the level was measured.</summary>
    /// <param name="recording">The level's recording.</param>
    /// <returns>Null when the environment could not tell.</returns>
    public static UseSummary? Of(RunRecording recording)
    {
        var end = recording.Facts<PhaseEnded>().Select(fact => (TimeSpan?)fact.At).LastOrDefault();
        var facts = recording.Facts<StackUse>().Where(fact => fact.At - fact.Fact.Over >= recording.MeasuredFrom && fact.At <= end).Select(fact => fact.Fact).ToArray();
        return facts.Length == 0 ? null : new UseSummary(facts, HealthSummary.Of(recording).Sum(process => process.ProcessorsUsed));
    }

    private static BottleneckKind KindOf(string role) => role switch
    {
        Harness => BottleneckKind.Generator,
        Roles.SpireServer => BottleneckKind.ServerProcessor,
        Roles.Postgres => BottleneckKind.Database,
        _ => BottleneckKind.OtherProcessor,
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private int? Median(Func<StackUse, int?> figure)
    {
        var ascending = _facts.Select(figure).OfType<int>().Order().ToArray();
        return ascending.Length == 0 ? null : ascending[ascending.Length / 2];
    }
}
