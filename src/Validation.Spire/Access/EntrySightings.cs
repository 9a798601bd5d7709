namespace Validation.Spire.Access;

/// <summary>Which servers show which entries. What a server has shown it must show until the entry is forgotten.</summary>
/// <param name="servers">The names of all servers.</param>
internal sealed class EntrySightings(IReadOnlyCollection<string> servers)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Sighting> _entries = [];
    private readonly Queue<string> _vanished = [];

    /// <summary>Begins to look for an entry.</summary>
    /// <param name="entry">Its id.</param>
    /// <returns>Ends when every server has shown it.</returns>
    public Task Expect(string entry)
    {
        lock (_gate)
        {
            return (_entries[entry] = new Sighting()).ByAll.Task;
        }
    }

    /// <summary>Looks for an entry no more; to be called before it is deleted.</summary>
    /// <param name="entry">Its id.</param>
    public void Forget(string entry)
    {
        lock (_gate)
        {
            _entries.Remove(entry);
        }
    }

    /// <summary>Takes a server's answer. Answers of one server must come in the order in which it gave them.</summary>
    /// <param name="server">The server.</param>
    /// <param name="shown">The ids of all entries that it shows.</param>
    public void Answered(string server, IReadOnlySet<string> shown)
    {
        lock (_gate)
        {
            foreach (var (entry, sighting) in _entries)
            {
                if (!shown.Contains(entry))
                {
                    if (sighting.By.Remove(server))
                    {
                        _vanished.Enqueue($"{server} has shown entry {entry} and does not show it any more.");
                    }
                }
                else if (sighting.By.Add(server) && sighting.By.Count == servers.Count)
                {
                    sighting.ByAll.TrySetResult();
                }
            }
        }
    }

    /// <summary>Returns the servers that do not show an entry now.</summary>
    /// <param name="entry">The id of an entry that is looked for.</param>
    public IReadOnlyList<string> NotShowing(string entry)
    {
        lock (_gate)
        {
            return [.. servers.Except(_entries[entry].By)];
        }
    }

    /// <summary>Returns what a server showed and does not show any more, each time only once; null when there is nothing.</summary>
    public string? TakeVanished()
    {
        lock (_gate)
        {
            return _vanished.TryDequeue(out var vanished) ? vanished : null;
        }
    }

    private sealed class Sighting
    {
        public HashSet<string> By { get; } = [];

        public TaskCompletionSource ByAll { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
