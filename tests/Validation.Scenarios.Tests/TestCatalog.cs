using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Loads;
using Validation.Core.Scenarios;

namespace Validation.Scenarios.Tests;

/// <summary>A catalog with the words that scenarios use, without anything behind them.</summary>
internal static class TestCatalog
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static Parameter<Selector> Target { get; } = Parameters.Target("target", "Who is hit.");

    public static Parameter<TimeSpan> Hold { get; } =
        Parameters.Duration("hold", "How long it is kept down.", TimeSpan.Zero, 10 * Minute, TimeSpan.Zero);

    public static Parameter<Direction> Direction { get; } = Parameters.Choice("direction", "Which packets are dropped.", Tests.Direction.BothWays);

    public static Parameter<int> Agents { get; } = Parameters.Count("agents", "How many agents.", 1, 50_000, 1_000);

    public static ScenarioCatalog Catalog { get; } = new(
        [
            Fault("kill", Target, Hold),
            Fault("stop", Target, Parameters.Duration("grace", "How long it may take.", TimeSpan.Zero, Minute, Minute / 2), Hold),
            Fault("pause", Target, For()),
            Fault("partition", Target, Parameters.Target("from", "From whom it is cut off."), Direction, For()),
            Fault("database-failover"),
            Fault("database-switchover"),
        ],
        [
            Driver("spire-attest"),
            Driver("x509-svid-fetch", Parameters.Count("identities", "How many workloads take turns.", 1, 1000, 10)),
            Driver("x509-svid-sign"),
            Driver("entry-churn"),
            new DriverKind("spire-agents", "A population.", [Agents, .. Lengths("sync-interval", "start-over", "svid-ttl"), Parameters.Count("entries", "How many entries.", 0, 500, 1)])
            {
                Operations = [.. new[] { "attest", "sync", "sign", "renew" }.Select(name => new OperationKind(name, $"{name}.", name == "sync" ? values => new Rate(values.Get(Agents) / 5.0) : null))],
            },
        ],
        ["svid-verifies", "entries-not-lost"])
    {
        Defects = [new DefectKind("cache-lost", "The cache is lost."), new DefectKind("pool-lost", "The pool is lost.")],
    };

    public static ScenarioReading Read(string yaml, string path = "scenarios/test.yaml") => ScenarioReader.Read(path, yaml, Catalog);

    private static IEnumerable<Parameter> Lengths(params IEnumerable<string> names) =>
        names.Select(name => Parameters.Duration(name, $"{name}.", TimeSpan.Zero, TimeSpan.FromHours(24), Minute));

    private static Parameter<TimeSpan> For() => Parameters.Duration("for", "How long it lasts.", TimeSpan.FromSeconds(1), 10 * Minute);

    private static FaultKind Fault(string name, params Parameter[] parameters) =>
        new() { Name = name, Summary = $"{name}.", Proof = "Seen.", Parameters = parameters };

    private static DriverKind Driver(string name, params Parameter[] parameters) => new(name, $"{name}.", parameters);
}

/// <summary>The directions of a partition.</summary>
internal enum Direction
{
    BothWays,
    FromTarget,
    ToTarget,
}
