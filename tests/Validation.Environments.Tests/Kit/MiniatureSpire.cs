using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Validation.Environments.Tests.Kit;

/// <summary>
/// Stands in for SPIRE's programs where only their place in a stack is tested. Reads the same configuration files; the
/// server adds an authority of its own to a bundle in the database, tells it on its private socket, and says its name to
/// whoever connects to its API. The agent refuses to start with a bootstrap bundle that is not complete.
/// </summary>
internal static partial class MiniatureSpire
{
    private const int Servers = 3;

    public static async Task<int> RunServerAsync(FileInfo configuration)
    {
        var text = await File.ReadAllTextAsync(configuration.FullName);
        var socket = Setting(text, "socket_path");
        var name = configuration.Directory!.Name;
        var database = ConnectionTo(text);
        await AddAuthorityAsync(database);
        Directory.CreateDirectory(Path.GetDirectoryName(socket)!);
        File.Delete(socket);
        await using var bundle = await MiniatureServer.StartAsync(socket, () => MiniatureBundle.With(ReadAuthorities(database)));
        await using var health = await StartHealthAsync(port: 8080);
        using var api = new TcpListener(IPAddress.Any, int.Parse(Setting(text, "bind_port")));
        api.Start();
        while (true)
        {
            using var client = await api.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(name));
        }
    }

    public static async Task<int> RunAgentAsync(FileInfo configuration)
    {
        var text = await File.ReadAllTextAsync(configuration.FullName);
        var authorities = Certificate().Count(await File.ReadAllTextAsync(Setting(text, "trust_bundle_path")));
        if (authorities != Servers)
        {
            await Console.Error.WriteLineAsync($"the bootstrap bundle has {authorities} authorities");
            return 1;
        }

        await using var health = await StartHealthAsync(port: 8082);
        await Task.Delay(Timeout.Infinite);
        return 0;
    }

    private static async Task<WebApplication> StartHealthAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(port));
        var health = builder.Build();
        health.Run(context => context.Response.WriteAsync("{}"));
        await health.StartAsync();
        return health;
    }

    // Like SPIRE, it makes its tables without asking whether somebody else is doing so.
    private static async Task AddAuthorityAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS authorities (certificate bytea)");
        await ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS registered_entries (entry_id text)");
        await ExecuteAsync(connection, $"INSERT INTO authorities VALUES ('\\x{RandomNumberGenerator.GetHexString(64)}')");
        await ExecuteAsync(connection, $"INSERT INTO registered_entries VALUES ('{Guid.NewGuid()}')");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static byte[][] ReadAuthorities(string database)
    {
        using var connection = new NpgsqlConnection(database);
        connection.Open();
        using var command = new NpgsqlCommand("SELECT certificate FROM authorities", connection);
        using var reader = command.ExecuteReader();
        var authorities = new List<byte[]>();
        while (reader.Read())
        {
            authorities.Add((byte[])reader[0]);
        }

        return [.. authorities];
    }

    private static string ConnectionTo(string configuration)
    {
        var words = Setting(configuration, "connection_string").Split(' ').Select(word => word.Split('=')).ToDictionary(word => word[0], word => word[1]);
        return $"Host={words["host"]};Port={words["port"]};Database={words["dbname"]};Username={words["user"]};Password={words["password"]};SSL Mode=Disable;Pooling=false";
    }

    private static string Setting(string configuration, string name) =>
        Regex.Match(configuration, $"""^\s*{name}\s*=\s*"?([^"\n]+)"?$""", RegexOptions.Multiline).Groups[1].Value;

    [GeneratedRegex("-----BEGIN CERTIFICATE-----")]
    private static partial Regex Certificate();
}
