using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.TestKit;

/// <summary>SPIRE servers in memory that share agents, entries and a bundle, and obey as SPIRE's do.</summary>
public sealed class FakeSpire
{
    private readonly Dictionary<string, (string Active, string Next)> _authorities = [];
    private readonly Dictionary<string, string> _entries = [];
    private int _made;

    /// <summary>Gets the orders that were given, in order: <c>spire-server-1 Taint aa</c>.</summary>
    public List<string> Orders { get; } = [];

    /// <summary>Gets the bundle.</summary>
    public List<TrustedAuthority> Bundle { get; } = [];

    /// <summary>Gets the servers that do not notice what others put into the bundle.</summary>
    public HashSet<string> Blind { get; } = [];

    /// <summary>Gets the servers that do not answer.</summary>
    public HashSet<string> Down { get; } = [];

    /// <summary>Gets the agents that have attested, by SPIFFE id.</summary>
    public Dictionary<string, AttestedAgent> Agents { get; } = [];

    /// <summary>Gets the hints of the entries, by id.</summary>
    public IReadOnlyDictionary<string, string> Entries => _entries;

    /// <summary>Gets or sets whether servers go on signing with the authority that they had.</summary>
    public bool SignsWithTheOldOne { get; set; }

    /// <summary>Gets or sets whether entries are not deleted although that was acknowledged.</summary>
    public bool KeepsEntries { get; set; }

    /// <summary>Gives a server another authority, as when it starts without its keys.</summary>
    public void StartAnew(string server)
    {
        _authorities[server] = (server + "-anew", string.Empty);
        Bundle.Add(new TrustedAuthority(server + "-anew", false));
    }

    /// <summary>Returns what gives orders to one server.</summary>
    public ISpireServerControl ControlOf(INode server) => new Control(this, server);

    private sealed class Control(FakeSpire spire, INode node) : ISpireServerControl
    {
        public INode Node => node;

        private (string Active, string Next) Authorities
        {
            get => spire._authorities.TryGetValue(node.Name, out var known) ? known : spire._authorities[node.Name] = (node.Name + "-old", string.Empty);
            set => spire._authorities[node.Name] = value;
        }

        public Task<string> ReadActiveAuthorityAsync(AuthorityKind kind, CancellationToken cancellationToken) => DoAsync(() => Authorities.Active);

        public Task<string> PrepareAuthorityAsync(AuthorityKind kind, CancellationToken cancellationToken) => DoAsync(() =>
        {
            spire.Bundle.Add(new TrustedAuthority(Authorities.Active, false));
            spire.Bundle.Add(new TrustedAuthority(node.Name + "-new", false));
            Authorities = (Authorities.Active, node.Name + "-new");
            spire.Orders.Add($"{node.Name} Prepare");
            return Authorities.Next;
        });

        public Task ChangeAuthorityAsync(AuthorityKind kind, AuthorityChange change, string id, CancellationToken cancellationToken) => DoAsync(() =>
        {
            spire.Orders.Add($"{node.Name} {change} {id}");
            if (change == AuthorityChange.Activate)
            {
                Authorities = (Authorities.Next, Authorities.Active);
                return;
            }

            spire.Bundle.RemoveAll(authority => authority.Id == id);
            if (change == AuthorityChange.Taint)
            {
                spire.Bundle.Add(new TrustedAuthority(id, true));
            }
        });

        public Task<IReadOnlyList<TrustedAuthority>> ReadBundleAsync(AuthorityKind kind, CancellationToken cancellationToken) =>
            DoAsync<IReadOnlyList<TrustedAuthority>>(() => spire.Blind.Contains(node.Name) ? [] : [.. spire.Bundle]);

        public Task<string> SignAsync(AuthorityKind kind, CancellationToken cancellationToken) =>
            DoAsync(() => spire.SignsWithTheOldOne ? node.Name + "-old" : Authorities.Active);

        public Task<AttestedAgent?> FindAgentAsync(string agentId, CancellationToken cancellationToken) => DoAsync(() => spire.Agents.GetValueOrDefault(agentId));

        public Task BanAgentAsync(string agentId, CancellationToken cancellationToken) => DoAsync(() => spire.Agents[agentId] = new AttestedAgent(string.Empty, true));

        public Task DeleteAgentAsync(string agentId, CancellationToken cancellationToken) => DoAsync(() => spire.Agents.Remove(agentId));

        public Task<IReadOnlyList<string>> CreateEntriesAsync(EntryOrder order, CancellationToken cancellationToken) => DoAsync<IReadOnlyList<string>>(() =>
        {
            var ids = Enumerable.Range(0, order.Count).Select(_ => $"entry-{++spire._made}").ToArray();
            Array.ForEach(ids, id => spire._entries[id] = order.Hint);
            return ids;
        });

        public Task<IReadOnlyList<string>> FindEntriesAsync(string hint, CancellationToken cancellationToken) =>
            DoAsync<IReadOnlyList<string>>(() => [.. spire._entries.Where(entry => entry.Value == hint).Select(entry => entry.Key)]);

        public Task DeleteEntriesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => DoAsync(() =>
        {
            foreach (var id in ids.Where(_ => !spire.KeepsEntries))
            {
                spire._entries.Remove(id);
            }
        });

        private Task DoAsync(Action action) => DoAsync(() =>
        {
            action();
            return true;
        });

        private Task<T> DoAsync<T>(Func<T> action) => spire.Down.Contains(node.Name)
            ? Task.FromException<T>(new HarnessException(ExitCode.EnvironmentFailed, $"{node.Name} does not answer."))
            : Task.FromResult(action());
    }
}
