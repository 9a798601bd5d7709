using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>The PostgreSQL of this test run: one real server, started by the first test that needs it, with a database for each.</summary>
/// <remarks>
/// It refuses to run as root, so as root it is started as the user <c>postgres</c>. It listens on a Unix socket in a temporary
/// directory only. It stops when its standard input ends, that is also when this process is killed.
/// </remarks>
internal sealed class Postgres
{
    private const string User = "postgres";
    private const string Script = """
        "$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$2/log" 2>&1 || exit 1
        "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
            -c max_connections=300 -c shared_buffers=16MB -c autovacuum=off >>"$2/log" 2>&1 &
        server=$!
        read _
        kill -INT $server
        wait $server
        """;

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);
    private static readonly Lazy<Task<Postgres>> Shared = new(StartAsync);
    private static int _databases;

    private readonly string _directory;
    private readonly Process _process;

    private Postgres(string directory, Process process) => (_directory, _process) = (directory, process);

    /// <summary>Gets the directory of its Unix socket; the port is 5432.</summary>
    public string SocketDirectory => _directory;

    /// <summary>Gets the file that its socket is.</summary>
    public string SocketFile => Path.Combine(_directory, ".s.PGSQL.5432");

    /// <summary>Makes a database of its own for a test, or skips the test where there is no PostgreSQL.</summary>
    public static async Task<TestDatabase> CreateDatabaseAsync()
    {
        Skip.If(FindPrograms() is null, "PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin or in PATH).");
        Skip.If(NeedsOtherUser && !HasUser(), $"PostgreSQL does not run as root, and there is no user '{User}'.");
        var server = await Shared.Value;
        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        await using (var source = server.Open(User))
        {
            await using var command = source.CreateCommand($"CREATE DATABASE {name}");
            await command.ExecuteNonQueryAsync();
        }

        return new TestDatabase(server, name);
    }

    /// <summary>Opens a database for the test's own look at it.</summary>
    public NpgsqlDataSource Open(string database) =>
        NpgsqlDataSource.Create($"Host={_directory};Username={User};Database={database};Pooling=false;Timeout=5");

    private static bool NeedsOtherUser => Environment.IsPrivilegedProcess;

    private static bool HasUser() =>
        File.Exists("/etc/passwd") && File.ReadLines("/etc/passwd").Any(line => line.StartsWith($"{User}:", StringComparison.Ordinal));

    private static string? FindPrograms()
    {
        var installed = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(directory => directory.Length).ThenByDescending(directory => directory)
            : Enumerable.Empty<string>();
        return installed.Select(directory => Path.Combine(directory, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':'))
            .FirstOrDefault(directory => File.Exists(Path.Combine(directory, "initdb")));
    }

    private static async Task<Postgres> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("embedded-spire-pg-").FullName;
        if (!OperatingSystem.IsWindows())
        {
            // The other user makes everything in it; its name is random and it is gone after the tests.
            File.SetUnixFileMode(directory, (UnixFileMode)0b111_111_111);
        }

        string[] asUser = NeedsOtherUser ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups"] : [];
        string[] command = [.. asUser, "sh", "-c", Script, "sh", FindPrograms()!, directory];
        var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true })!;
        var postgres = new Postgres(directory, process);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => postgres.Stop();
        await postgres.WaitUntilReadyAsync();
        return postgres;
    }

    private async Task WaitUntilReadyAsync()
    {
        await using var source = Open(User);
        await Eventually.SucceedsAsync(
            async () =>
            {
                if (_process.HasExited)
                {
                    throw new InvalidOperationException($"PostgreSQL did not start:\n{Log()}");
                }

                await using var connection = await source.OpenConnectionAsync();
            },
            StartLimit,
            error => error is NpgsqlException);
    }

    private string Log() => File.Exists(Path.Combine(_directory, "log")) ? File.ReadAllText(Path.Combine(_directory, "log")) : "(no log)";

    private void Stop()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _process.Kill(entireProcessTree: true);
        }

        Directory.Delete(_directory, recursive: true);
    }
}
