using EmbeddedSpire.Tests.Server.Running;

namespace EmbeddedSpire.Tests.Server.Conformance;

public sealed class SchemaTests
{
    private static readonly string[] Catalogue =
    [
        """
        SELECT table_name || '|' || column_name || '|' || data_type || coalesce('(' || character_maximum_length || ')', '') || '|' || is_nullable || '|'
            || coalesce(column_default, '')
        FROM information_schema.columns WHERE table_schema = 'public'
        """,
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    ];

    [SkippableFact]
    public async Task Schema_OfAnEmptyDatabaseAfterTheStart_IsSpires()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));

        var ours = new List<string>();
        foreach (var query in Catalogue)
        {
            ours.AddRange(await database.RowsAsync(query));
        }

        ours.Should().BeEquivalentTo(await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Server", "Recorded", "schema.txt")));
        (await database.RowsAsync("SELECT version, code_version FROM migrations")).Should().Equal("25|1.15.3");
    }

    [SkippableFact]
    public async Task Columns_OfATable_AreInSpiresOrder()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));

        var ours = await database.RowsAsync(
            "SELECT table_name || '|' || column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name COLLATE \"C\", ordinal_position");

        var recorded = (await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Server", "Recorded", "schema.txt")))
            .Where(line => line.Contains('|', StringComparison.Ordinal)).Select(line => string.Join('|', line.Split('|').Take(2)));
        ours.Should().Equal(recorded);
    }

    [SkippableFact]
    public async Task Server_OnADatabaseOfANewerSchema_DoesNotStart()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using (await TestServer.StartAsync(TestServerOptions.On(database)))
        {
            await database.ExecuteAsync("UPDATE migrations SET version = 26, code_version = '99.0.0'");
        }

        var start = () => TestServer.StartAsync(TestServerOptions.On(database));

        (await start.Should().ThrowAsync<Exception>()).Which.Message.Should().Contain("incompatible DB schema and code version");
    }
}
