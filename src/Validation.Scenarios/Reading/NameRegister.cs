using Validation.Core.Scenarios;

namespace Validation.Scenarios.Reading;

/// <summary>The names of one kind of thing in a scenario; each may be taken once.</summary>
internal sealed class NameRegister
{
    private readonly Dictionary<string, SourcePosition> _taken = [];
    private readonly string _kind;
    private readonly DiagnosticLog _log;

    /// <summary>Creates the register.</summary>
    /// <param name="kind">What has the names, for messages: <c>phase</c>.</param>
    /// <param name="log">Takes what is wrong.</param>
    public NameRegister(string kind, DiagnosticLog log) => (_kind, _log) = (kind, log);

    /// <summary>Gets the names that are taken.</summary>
    public IReadOnlyCollection<string> Names => _taken.Keys;

    /// <summary>Takes a name that the file gives; a second one of the same name is a mistake.</summary>
    /// <param name="name">The name.</param>
    /// <param name="position">Where it stands.</param>
    public void Take(string name, SourcePosition position)
    {
        if (!_taken.TryAdd(name, position))
        {
            _log.Add(position, $"the name '{name}' is taken by the {_kind} in line {_taken[name].Line}.");
        }
    }

    /// <summary>Takes the default name for something without one: the stem, or the stem with the first free number from 2.</summary>
    /// <param name="stem">The default name.</param>
    /// <param name="position">Where the thing stands.</param>
    public string TakeDefault(string stem, SourcePosition position)
    {
        var name = stem;
        for (var number = 2; !_taken.TryAdd(name, position); number++)
        {
            name = $"{stem}-{number}";
        }

        return name;
    }
}
