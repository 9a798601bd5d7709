using Npgsql;

namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>A database of one test.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private readonly Postgres _server;
    private readonly NpgsqlDataSource _source;

    public TestDatabase(Postgres server, string name)
    {
        (_server, Name) = (server, name);
        _source = server.Open(name);
    }

    public string Name { get; }

    /// <summary>Gets the file of the PostgreSQL's socket.</summary>
    public string SocketFile => _server.SocketFile;

    /// <summary>Gets the value for <c>connection_string</c>.</summary>
    public string ConnectionString => $"host={_server.SocketDirectory} user=postgres dbname={Name} sslmode=disable";

    /// <summary>Returns the value for <c>connection_string</c> by way of a relay.</summary>
    public string ConnectionStringBy(Relay relay) =>
        $"host={relay.Address.Address} port={relay.Address.Port} user=postgres dbname={Name} sslmode=disable";

    /// <summary>Returns a source of connections, which the caller disposes of.</summary>
    public NpgsqlDataSource OpenSource() => _server.Open(Name);

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Returns rows as text, their columns with <c>|</c> between them.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? "null" : reader.GetValue(column))));
        }

        return rows;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await using var server = _server.Open("postgres");
        await using var command = server.CreateCommand($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
        await command.ExecuteNonQueryAsync();
    }
}
