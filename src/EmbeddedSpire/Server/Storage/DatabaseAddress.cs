using System.Globalization;
using System.Net;
using System.Text;
using Npgsql;

namespace EmbeddedSpire.Server.Storage;

/// <summary>Where the database is and how to log in: a <c>connection_string</c> in the forms that SPIRE's driver lib/pq reads.</summary>
internal sealed record DatabaseAddress
{
    private const int DefaultPort = 5432;
    private const string Scheme = "postgres://";
    private const string LongScheme = "postgresql://";

    // Left out on purpose: a pooler between us and the server would refuse them, and they change nothing for us.
    private static readonly HashSet<string> Ignored =
        ["client_encoding", "datestyle", "binary_parameters", "disable_prepared_binary_result", "sslinline", "sslsni", "load_balance_hosts", "gssencmode", "fallback_application_name"];

    private readonly IReadOnlyDictionary<string, string> _settings;

    private DatabaseAddress(IReadOnlyDictionary<string, string> settings, IReadOnlyList<NpgsqlConnectionStringBuilder> servers, bool mustBeWritable)
    {
        _settings = settings;
        Servers = servers;
        MustBeWritable = mustBeWritable;
    }

    /// <summary>Gets the servers, in the order in which they are tried.</summary>
    public IReadOnlyList<NpgsqlConnectionStringBuilder> Servers { get; }

    /// <summary>Gets whether only a server that takes writes will do: <c>target_session_attrs</c> is <c>read-write</c> or <c>primary</c>.</summary>
    public bool MustBeWritable { get; }

    /// <summary>Reads a connection string.</summary>
    /// <param name="text">Keywords (<c>host=db port=5432 …</c>) or a URL (<c>postgres://…</c>).</param>
    /// <exception cref="FormatException">It is neither; the message says what is wrong.</exception>
    public static DatabaseAddress Parse(string text)
    {
        var settings = text.StartsWith(Scheme, StringComparison.Ordinal) || text.StartsWith(LongScheme, StringComparison.Ordinal)
            ? ReadUrl(text)
            : ReadKeywords(text);
        var hosts = (settings.GetValueOrDefault("host") ?? "localhost").Split(',');
        var ports = (settings.GetValueOrDefault("port") ?? string.Empty).Split(',');
        if (ports.Length != 1 && ports.Length != hosts.Length)
        {
            throw new FormatException($"there are {hosts.Length} hosts and {ports.Length} ports; give one port, or one for each host");
        }

        return new DatabaseAddress(
            settings,
            [.. hosts.Select((host, i) => Server(settings, host, ports[ports.Length == 1 ? 0 : i]))],
            settings.GetValueOrDefault("target_session_attrs") switch
            {
                null or "any" => false,
                "read-write" or "primary" => true,
                var other => throw new FormatException($"target_session_attrs '{other}' is not supported; supported are any, read-write and primary"),
            });
    }

    /// <summary>Returns the address without the password.</summary>
    public override string ToString() => string.Join(' ', _settings
        .Where(setting => setting.Key is "host" or "port" or "dbname" or "user" or "sslmode").Select(setting => $"{setting.Key}={setting.Value}"));

    private static NpgsqlConnectionStringBuilder Server(IReadOnlyDictionary<string, string> settings, string host, string port)
    {
        var server = new NpgsqlConnectionStringBuilder
        {
            Host = host,
            Port = port.Length == 0 ? DefaultPort : Number("port", port),
            // The pool is ours: it waits as long as the caller does, keeps as many idle connections as configured, and tries again.
            Pooling = false,
            NoResetOnClose = true,
            Multiplexing = false,
            Enlist = false,
            // Nothing but the deadline of the call limits a statement. Go's driver has no limit of its own either.
            CommandTimeout = 0,
            CancellationTimeout = 2000,
            Timeout = 0,
            // As Go does for every connection; a partner that is gone is noticed after 15 s and nine probes.
            TcpKeepAlive = true,
            TcpKeepAliveTime = 15,
            TcpKeepAliveInterval = 15,
            GssEncryptionMode = GssEncryptionMode.Disable,
            SslMode = SslMode.Require,
            IncludeErrorDetail = false,
        };
        foreach (var (key, value) in settings)
        {
            Apply(server, key, value, settings);
        }

        if (host.StartsWith('/'))
        {
            // A Unix socket has no keepalive, and lib/pq does not ask for TLS on it.
            server.TcpKeepAlive = false;
            server.Remove("Tcp Keepalive Time");
            server.Remove("Tcp Keepalive Interval");
            server.SslMode = SslMode.Disable;
        }

        return server;
    }

    private static void Apply(NpgsqlConnectionStringBuilder server, string key, string value, IReadOnlyDictionary<string, string> settings)
    {
        switch (key)
        {
            case "host" or "port" or "target_session_attrs":
                break;
            case "user":
                server.Username = value;
                break;
            case "password":
                server.Password = value;
                break;
            case "passfile":
                server.Passfile = value;
                break;
            case "dbname" or "database":
                server.Database = value;
                break;
            case "sslmode":
                server.SslMode = SslModeOf(value, settings.ContainsKey("sslrootcert"));
                break;
            case "sslrootcert":
                server.RootCertificate = value;
                break;
            case "sslcert":
                server.SslCertificate = value;
                break;
            case "sslkey":
                server.SslKey = value;
                break;
            case "sslpassword":
                server.SslPassword = value;
                break;
            case "connect_timeout":
                // Zero means no limit in both worlds.
                server.Timeout = Math.Max(0, Number(key, value));
                break;
            case "application_name":
                server.ApplicationName = value;
                break;
            case "search_path":
                server.SearchPath = value;
                break;
            case "timezone":
                server.Timezone = value;
                break;
            case "options":
                server.Options = $"{server.Options} {value}".Trim();
                break;
            case var ignored when Ignored.Contains(ignored):
                break;
            default:
                // lib/pq hands what it does not know to the server, as a parameter of the session.
                server.Options = $"{server.Options} -c {key}={value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(" ", "\\ ", StringComparison.Ordinal)}".Trim();
                break;
        }
    }

    private static SslMode SslModeOf(string mode, bool hasRoot) => mode switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        // With a root certificate, requiring means verifying; that is how lib/pq and libpq read it.
        "require" => hasRoot ? SslMode.VerifyCA : SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => throw new FormatException($"sslmode '{mode}' is not known; allowed are disable, allow, prefer, require, verify-ca and verify-full"),
    };

    private static int Number(string key, string value) =>
        int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"{key} '{value}' is not a whole number");

    private static Dictionary<string, string> ReadUrl(string text)
    {
        // Several hosts are no valid URI, so the authority is cut out by hand.
        var rest = text[(text.IndexOf("//", StringComparison.Ordinal) + 2)..];
        var (beforeQuery, query) = Cut(rest, '?');
        var (authority, database) = Cut(beforeQuery, '/');
        var at = authority.LastIndexOf('@');
        var (user, password) = at < 0 ? (string.Empty, string.Empty) : Cut(authority[..at], ':');

        var settings = new Dictionary<string, string>();
        Add(settings, "user", WebUtility.UrlDecode(user));
        Add(settings, "password", WebUtility.UrlDecode(password));
        Add(settings, "dbname", WebUtility.UrlDecode(database));
        var hosts = authority[(at + 1)..].Split(',').Select(host => Cut(host, ':')).ToList();
        Add(settings, "host", string.Join(',', hosts.Select(host => WebUtility.UrlDecode(host.Before))));
        if (hosts.Any(host => host.After.Length > 0))
        {
            Add(settings, "port", string.Join(',', hosts.Select(host => host.After.Length > 0 ? host.After : "5432")));
        }

        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = Cut(parameter, '=');
            settings[WebUtility.UrlDecode(key)] = WebUtility.UrlDecode(value);
        }

        return settings;
    }

    private static void Add(Dictionary<string, string> settings, string key, string value)
    {
        if (value.Length > 0)
        {
            settings[key] = value;
        }
    }

    private static (string Before, string After) Cut(string text, char separator)
    {
        var place = text.IndexOf(separator, StringComparison.Ordinal);
        return place < 0 ? (text, string.Empty) : (text[..place], text[(place + 1)..]);
    }

    private static Dictionary<string, string> ReadKeywords(string text)
    {
        var settings = new Dictionary<string, string>();
        var rest = text.AsSpan().TrimStart();
        while (!rest.IsEmpty)
        {
            var equals = rest.IndexOf('=');
            if (equals <= 0)
            {
                throw new FormatException($"'{rest.ToString()}' has no '='; write keywords and values, such as host=db");
            }

            var key = rest[..equals].Trim().ToString();
            rest = rest[(equals + 1)..].TrimStart();
            settings[key] = ReadValue(ref rest, key);
            rest = rest.TrimStart();
        }

        return settings;
    }

    private static string ReadValue(ref ReadOnlySpan<char> rest, string key)
    {
        var value = new StringBuilder();
        var isQuoted = !rest.IsEmpty && rest[0] == '\'';
        var i = isQuoted ? 1 : 0;
        for (; i < rest.Length; i++)
        {
            if (isQuoted ? rest[i] == '\'' : char.IsWhiteSpace(rest[i]))
            {
                break;
            }

            if (rest[i] == '\\' && i + 1 < rest.Length)
            {
                i++;
            }

            value.Append(rest[i]);
        }

        if (isQuoted && i >= rest.Length)
        {
            throw new FormatException($"the value of {key} has no closing quote");
        }

        rest = rest[(isQuoted ? i + 1 : i)..];
        return value.ToString();
    }
}
