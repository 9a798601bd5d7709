using Validation.Core.Stacks;
using Validation.Environments.Local.Database;

namespace Validation.Environments.Tests.Local.Database;

public sealed class PatroniReportTests
{
    [Fact]
    public void Parse_PrimaryOfPatroni3_IsPrimaryWithItsPosition()
    {
        var report = PatroniReport.Parse(
            """
            {"state": "running", "postmaster_start_time": "2026-11-20 22:29:57.1+00:00", "role": "master", "server_version": 150018,
             "xlog": {"location": 67108864}, "timeline": 2, "replication": [{"usename": "replicator", "application_name": "postgres-2",
             "client_addr": "10.4.0.1", "state": "streaming", "sync_state": "sync", "sync_priority": 1}],
             "dcs_last_seen": 1795213800, "patroni": {"version": "3.0.2", "scope": "validation"}}
            """);

        report.Should().Be(new PatroniReport(DatabaseRole.Primary, "running", 2, 67108864, IsSynchronous: false));
    }

    [Fact]
    public void Parse_SynchronousReplica_IsReplicaWithWhatItReplayed()
    {
        var report = PatroniReport.Parse(
            """
            {"state": "running", "role": "replica", "server_version": 150018, "sync_standby": true, "timeline": 1,
             "xlog": {"received_location": 50331648, "replayed_location": 50331000, "replayed_timestamp": null, "paused": false}}
            """);

        report.Should().Be(new PatroniReport(DatabaseRole.Replica, "running", 1, 50331000, IsSynchronous: true));
    }

    [Fact]
    public void Parse_Patroni4_KnowsItsWords() =>
        PatroniReport.Parse("""{"state": "running", "role": "primary", "timeline": 1, "xlog": {"location": 1}}""")
            .Role.Should().Be(DatabaseRole.Primary);

    [Fact]
    public void Parse_ReplicaThatStreams_SaysSo() =>
        PatroniReport.Parse("""{"state": "running", "role": "replica", "replication_state": "streaming"}""")
            .State.Should().Be("streaming");

    [Theory]
    [InlineData("""{"state": "starting", "role": "replica"}""", "starting")]
    [InlineData("""{"state": "stopped", "role": "master"}""", "stopped")]
    [InlineData("""{"state": "running", "role": "uninitialized"}""", "running")]
    public void Parse_NodeThatDoesNotWork_HasNoRole(string json, string state)
    {
        var report = PatroniReport.Parse(json);

        (report.Role, report.State).Should().Be((DatabaseRole.Unknown, state));
    }
}
