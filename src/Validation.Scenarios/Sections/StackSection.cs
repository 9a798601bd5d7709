using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Scenarios.Reading;
using Validation.Scenarios.Yaml;

namespace Validation.Scenarios.Sections;

/// <summary>Reads <c>stack</c>: how many nodes each role has, the database's settings and SPIRE's own.</summary>
internal static class StackSection
{
    private const string SpireKey = "spire";
    private const string DatabaseKey = "database";
    private const string FromPrimary = "primary";
    private const string FromReplicas = "replicas";

    private static readonly TimeSpan ShortestSvidTtl = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestCaTtl = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ShortestSyncInterval = TimeSpan.FromSeconds(1);

    /// <summary>Reads the stack.</summary>
    /// <param name="value">The value of the key; null when the scenario does not have it.</param>
    /// <param name="log">Takes what is wrong.</param>
    public static StackSpec Read(YamlValue? value, DiagnosticLog log)
    {
        if (value is null || MappingReader.Of(value, "the stack", log) is not { } stack)
        {
            return StackSpec.Default;
        }

        var counts = new Dictionary<string, int>(StackSpec.Default.Counts);
        foreach (var role in Roles.All)
        {
            if (stack.Read(role, Formats.Count(Smallest(role), Largest(role))) is { } count)
            {
                counts[role] = count;
            }
        }

        var spec = StackSpec.Default with { Counts = counts, Stated = stack.Entries.ToDictionary(entry => entry.Key.Text, entry => entry.Key.Position) };
        var (database, spire) = (stack.Find(DatabaseKey), stack.Find(SpireKey));
        stack.RejectOthers();
        spec = database is null ? spec : ReadDatabase(database, spec, log);
        return spire is null ? spec : ReadSpire(spire, spec, log);
    }

    private static StackSpec ReadDatabase(YamlValue value, StackSpec stack, DiagnosticLog log)
    {
        if (MappingReader.Of(value, "the stack's 'database'", log) is not { } database)
        {
            return stack;
        }

        var reads = database.Read("reads", Formats.OneOf([FromPrimary, FromReplicas]));
        database.RejectOthers();
        return stack with { ReadsFromReplicas = reads == FromReplicas };
    }

    private static StackSpec ReadSpire(YamlValue value, StackSpec stack, DiagnosticLog log)
    {
        if (MappingReader.Of(value, "the stack's 'spire'", log) is not { } spire)
        {
            return stack;
        }

        var read = stack with
        {
            X509SvidTtl = spire.Read("x509-svid-ttl", Formats.Length(ShortestSvidTtl)) ?? stack.X509SvidTtl,
            AgentTtl = spire.Read("agent-ttl", Formats.Length(ShortestSvidTtl)) ?? stack.AgentTtl,
            CaTtl = spire.Read("ca-ttl", Formats.Length(ShortestCaTtl)) ?? stack.CaTtl,
            KnowsDatabaseHosts = spire.Read("database-hosts", Formats.Flag) ?? stack.KnowsDatabaseHosts,
            NodeAttestor = spire.Read("node-attestor", Formats.OneOf([.. NodeAttestors.All])) ?? stack.NodeAttestor,
            SyncInterval = spire.Read("sync-interval", Formats.Length(ShortestSyncInterval)) ?? stack.SyncInterval,
        };
        spire.RejectOthers();
        return read;
    }

    private static int Smallest(string role) => role == Roles.Postgres ? 2 : 1;

    // A second store, pooler or balancer would need a way to choose among them, and no part of the stack has one yet.
    private static int Largest(string role) => role is Roles.Dns or Roles.Dcs or Roles.Pooler or Roles.LoadBalancer or Roles.Workload ? 1 : 9;
}
