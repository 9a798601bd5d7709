using System.Collections.Concurrent;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Tests.Agent.Scripted;

/// <summary>What several scripted servers share, as real ones share a database; and the script: everything a test may change.</summary>
internal sealed class ScriptedSpire : IAsyncDisposable
{
    public const int PageSize = 500;

    private static readonly TimeSpan FirstCall = TimeSpan.FromMilliseconds(300);

    private readonly List<ScriptedServer> _servers = [];
    private readonly Lock _gate = new();
    private readonly List<X509Authority> _authorities = [];
    private readonly List<JwtAuthority> _jwtAuthorities = [];
    private readonly List<SeenCall> _calls = [];
    private int _atWork;
    private long? _connected;
    private ulong _sequence;

    public ScriptedSpire(ManualClock clock) => Clock = clock;

    public ManualClock Clock { get; }

    public TrustDomain TrustDomain { get; } = TrustDomain.Parse("bench.test");

    /// <summary>Gets the entries that every agent is authorized for.</summary>
    public ConcurrentDictionary<string, Entry> Entries { get; } = new();

    /// <summary>Gets the agents by their SPIFFE ids.</summary>
    public ConcurrentDictionary<string, ScriptedAgent> Agents { get; } = new();

    /// <summary>Gets the bundles of other trust domains.</summary>
    public ConcurrentDictionary<string, TrustBundle> Federated { get; } = new();

    /// <summary>Gets join tokens that were not used.</summary>
    public ConcurrentDictionary<string, bool> Tokens { get; } = new();

    /// <summary>Gets or sets the authorities of nodes.</summary>
    public PopServer? Pop { get; set; }

    public TimeSpan AgentLife { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets how long SVIDs live, given the entry.</summary>
    public Func<Entry, TimeSpan> SvidLife { get; set; } = _ => TimeSpan.FromHours(1);

    public TimeSpan TokenLife { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets or sets what is thrown instead of answering a call; null answers.</summary>
    public Func<SeenCall, GrpcException?> Refuse { get; set; } = _ => null;

    /// <summary>Gets or sets what a call waits for before it is answered.</summary>
    public Func<SeenCall, CancellationToken, Task> Hold { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Gets the calls that all servers have seen.</summary>
    public IReadOnlyList<SeenCall> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _calls];
            }
        }
    }

    public TrustBundle Bundle
    {
        get
        {
            lock (_gate)
            {
                return new TrustBundle
                {
                    TrustDomain = TrustDomain,
                    X509Authorities = [.. _authorities],
                    JwtAuthorities = [.. _jwtAuthorities],
                    SequenceNumber = _sequence,
                };
            }
        }
    }

    public IReadOnlyList<ScriptedServer> Servers => _servers;

    /// <summary>Starts a server with an authority of its own, which is in the bundle at once.</summary>
    public async Task<ScriptedServer> StartServerAsync(string address = "127.0.0.1", int port = 0)
    {
        var server = new ScriptedServer(this, _servers.Count);
        Change((authorities, keys) =>
        {
            authorities.Add(new X509Authority(server.Authority.Certificate.Der));
            keys.Add(new JwtAuthority(server.Signer.KeyId, server.Signer.PublicKey));
        });
        await server.StartAsync(address, port);
        _servers.Add(server);
        return server;
    }

    /// <summary>Changes the bundle.</summary>
    public void Change(Action<List<X509Authority>, List<JwtAuthority>> change)
    {
        lock (_gate)
        {
            change(_authorities, _jwtAuthorities);
            _sequence++;
        }
    }

    public Entry AddEntry(string path, params string[] selectors)
    {
        var entry = new Entry
        {
            Id = $"entry-{Entries.Count:0000}",
            SpiffeId = new SPIFFEID { TrustDomain = TrustDomain.Name, Path = path },
            CreatedAt = Clock.GetUtcNow().ToUnixTimeSeconds(),
        };
        entry.Selectors.Add(selectors.Select(text => text.Split(':', 2)).Select(parts => new Selector { Type = parts[0], Value = parts[1] }));
        Entries[entry.Id] = entry;
        return entry;
    }

    /// <summary>Changes an entry, as an administrator would.</summary>
    public void UpdateEntry(string id, Action<Entry> change)
    {
        var entry = Entries[id].Clone();
        change(entry);
        entry.RevisionNumber++;
        Entries[id] = entry;
    }

    /// <summary>Gets whether a server works on a call at this moment, other than by the script's wish, or is about to get one.</summary>
    public bool IsAtWork
    {
        get
        {
            lock (_gate)
            {
                return _atWork > 0 || (_connected is { } instant && TimeProvider.System.GetElapsedTime(instant) < FirstCall);
            }
        }
    }

    public void Works(int calls)
    {
        lock (_gate)
        {
            _atWork += calls;
        }
    }

    /// <summary>Notes that a connection is being made; a call follows unless something is wrong.</summary>
    public void Connects()
    {
        lock (_gate)
        {
            _connected = TimeProvider.System.GetTimestamp();
        }
    }

    public void Saw(SeenCall call)
    {
        lock (_gate)
        {
            _connected = null;
            _calls.Add(call);
        }
    }

    public int Count(string name) => Calls.Count(call => call.Name == name);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}

/// <summary>An agent as the servers know it.</summary>
internal sealed class ScriptedAgent
{
    public string Serial { get; set; } = string.Empty;

    public string NewSerial { get; set; } = string.Empty;

    public bool CanReattest { get; init; }
}
