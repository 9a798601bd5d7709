using Npgsql;

namespace EmbeddedSpire.Server.Storage;

/// <summary>A connection while somebody has it, inside a transaction or not. Parameters are <c>$1</c>, <c>$2</c> ….</summary>
internal sealed class Session
{
    private readonly NpgsqlConnection _connection;
    private readonly CancellationToken _cancellationToken;

    public Session(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        _connection = connection;
        Now = now;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Gets the instant that goes into <c>created_at</c> and <c>updated_at</c>.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>Runs a statement and returns how many rows it touched.</summary>
    public async Task<int> ExecuteAsync(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync(_cancellationToken);
    }

    /// <summary>Inserts a row and returns its id.</summary>
    /// <param name="table">The table.</param>
    /// <param name="columns">Columns besides <c>created_at</c> and <c>updated_at</c>, separated by commas.</param>
    /// <param name="values">Their values.</param>
    public async Task<int> InsertAsync(string table, string columns, params object?[] values)
    {
        var places = string.Join(", ", Enumerable.Range(1, values.Length + 2).Select(i => $"${i}"));
        await using var command = Command($"INSERT INTO {table} (created_at, updated_at, {columns}) VALUES ({places}) RETURNING id", [Now, Now, .. values]);
        return (int)(await command.ExecuteScalarAsync(_cancellationToken))!;
    }

    /// <summary>Reads all rows of a query.</summary>
    public async Task<List<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object?[] values)
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync(_cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(_cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Reads the first row of a query; null when there is none.</summary>
    public async Task<T?> ReadOneAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object?[] values)
        where T : class
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SingleRow, _cancellationToken);
        return await reader.ReadAsync(_cancellationToken) ? read(reader) : null;
    }

    /// <summary>Reads a single number.</summary>
    public async Task<long> CountAsync(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        return Convert.ToInt64(await command.ExecuteScalarAsync(_cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
    }

    private NpgsqlCommand Command(string sql, object?[] values)
    {
        var command = new NpgsqlCommand(sql, _connection);
        foreach (var value in values)
        {
            command.Parameters.Add(Parameter(value));
        }

        return command;
    }

    private static NpgsqlParameter Parameter(object? value) => value switch
    {
        null => new NpgsqlParameter { Value = DBNull.Value },
        string text => new NpgsqlParameter<string> { TypedValue = text },
        int number => new NpgsqlParameter<int> { TypedValue = number },
        long number => new NpgsqlParameter<long> { TypedValue = number },
        bool truth => new NpgsqlParameter<bool> { TypedValue = truth },
        byte[] bytes => new NpgsqlParameter<byte[]> { TypedValue = bytes },
        DateTimeOffset instant => new NpgsqlParameter<DateTimeOffset> { TypedValue = instant.ToUniversalTime() },
        string[] texts => new NpgsqlParameter<string[]> { TypedValue = texts },
        int[] numbers => new NpgsqlParameter<int[]> { TypedValue = numbers },
        _ => throw new ArgumentException($"A {value.GetType().Name} cannot be a parameter.", nameof(value)),
    };
}
