using System.Text.Json;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Database;

/// <summary>What Patroni says about its node.</summary>
/// <param name="Role">What the node is; unknown while it does not run.</param>
/// <param name="State">Patroni's word for what it does.</param>
/// <param name="Timeline">PostgreSQL's timeline; null when unknown.</param>
/// <param name="Position">How far its log goes: written on a primary, replayed on a replica; null when unknown.</param>
/// <param name="IsSynchronous">True when commits wait for it.</param>
internal sealed record PatroniReport(DatabaseRole Role, string State, int? Timeline, long? Position, bool IsSynchronous)
{
    /// <summary>The word for a node whose Patroni does not answer.</summary>
    public const string UnreachableState = "unreachable";

    private const string Running = "running";

    // Patroni 4 says "primary" where Patroni 3 said "master"; a replica that streams says so since 3.1.
    private static readonly string[] PrimaryWords = ["primary", "master", "leader"];
    private static readonly string[] ReplicaWords = ["replica", "sync_standby", "quorum_standby"];
    private static readonly string[] WorkingStates = [Running, "streaming", "in archive recovery"];

    /// <summary>Gets the report about a node whose Patroni does not answer.</summary>
    public static PatroniReport Unreachable { get; } = new(DatabaseRole.Unknown, UnreachableState, null, null, false);

    /// <summary>Reads the answer to <c>GET /patroni</c>.</summary>
    /// <param name="json">The answer.</param>
    public static PatroniReport Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var state = Text(root, "state") ?? Running;
        var role = WorkingStates.Contains(state) ? RoleOf(Text(root, "role")) : DatabaseRole.Unknown;
        var log = root.TryGetProperty("xlog", out var xlog) ? xlog : default;
        return new PatroniReport(
            role,
            Text(root, "replication_state") ?? state,
            (int?)Number(root, "timeline"),
            role == DatabaseRole.Primary ? Number(log, "location") : Number(log, "replayed_location"),
            root.TryGetProperty("sync_standby", out var synchronous) && synchronous.ValueKind == JsonValueKind.True);
    }

    private static DatabaseRole RoleOf(string? word) =>
        PrimaryWords.Contains(word) ? DatabaseRole.Primary
        : ReplicaWords.Contains(word) ? DatabaseRole.Replica
        : DatabaseRole.Unknown;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Number(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetInt64()
            : null;
}
