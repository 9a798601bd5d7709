namespace EmbeddedSpire.Agent.Workloads;

/// <summary>The names in <c>passwd</c> or <c>group</c>, read again when the file has changed. May be used by many threads.</summary>
internal sealed class AccountNames
{
    private const int NameField = 0;
    private const int IdField = 2;

    private readonly string _path;
    private readonly Lock _gate = new();
    private DateTime _readAt;
    private Dictionary<string, string> _names = [];

    /// <summary>Creates the names.</summary>
    /// <param name="path">The file; while it is not there, nobody has a name.</param>
    public AccountNames(string path) => _path = path;

    /// <summary>Finds a name.</summary>
    /// <param name="id">The number.</param>
    /// <returns>The first name that has it; null when none has.</returns>
    public string? Find(string id)
    {
        lock (_gate)
        {
            var changedAt = File.GetLastWriteTimeUtc(_path);
            if (changedAt != _readAt)
            {
                _names = File.Exists(_path) ? Read() : [];
                _readAt = changedAt;
            }

            return _names.GetValueOrDefault(id);
        }
    }

    private Dictionary<string, string> Read()
    {
        var names = new Dictionary<string, string>();
        foreach (var fields in File.ReadLines(_path).Select(line => line.Split(':')).Where(fields => fields.Length > IdField))
        {
            names.TryAdd(fields[IdField], fields[NameField]);
        }

        return names;
    }
}
