using System.Text;

namespace EmbeddedSpire.Configuration;

/// <summary>Command-line flags as Go's programs have them: <c>-name value</c>, <c>-name=value</c>, and with two dashes.</summary>
internal sealed class FlagSet
{
    private readonly string _command;
    private readonly Dictionary<string, (bool IsSwitch, string Help)> _flags = [];
    private readonly Dictionary<string, string> _values = [];

    /// <summary>Creates a set without flags.</summary>
    /// <param name="command">What stands before the flags, for messages.</param>
    public FlagSet(string command) => _command = command;

    /// <summary>Gets whether help was asked for instead of anything else.</summary>
    public bool WantsHelp { get; private set; }

    /// <summary>Gets the list of flags, for people.</summary>
    public string Usage
    {
        get
        {
            var usage = new StringBuilder($"Usage of {_command}:\n");
            foreach (var (name, (isSwitch, help)) in _flags.OrderBy(flag => flag.Key, StringComparer.Ordinal))
            {
                usage.Append($"  -{name}{(isSwitch ? string.Empty : " value")}\n        {help}\n");
            }

            return usage.ToString();
        }
    }

    /// <summary>Adds a flag with a value.</summary>
    public FlagSet Value(string name, string help) => Add(name, false, help);

    /// <summary>Adds a flag that is there or not.</summary>
    public FlagSet Switch(string name, string help) => Add(name, true, help);

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ConfigurationException">One is not a flag of this command, or its value is missing.</exception>
    public FlagSet Parse(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument is "-h" or "-help" or "--help")
            {
                WantsHelp = true;
                return this;
            }

            var (name, value) = argument.TrimStart('-').Split('=', 2) is [var key, var given] ? (key, given) : (argument.TrimStart('-'), null);
            if (argument[..1] != "-" || !_flags.TryGetValue(name, out var flag))
            {
                throw new ConfigurationException($"flag provided but not defined: {argument}.{NearestWord.Hint(name, _flags.Keys)}\n{Usage}");
            }

            _values[name] = value
                ?? (flag.IsSwitch ? "true" : ++i < arguments.Count ? arguments[i] : throw new ConfigurationException($"flag needs an argument: -{name}\n{Usage}"));
        }

        return this;
    }

    /// <summary>Returns the value of a flag; null when it was not given or is empty.</summary>
    public string? Get(string name) => _values.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    /// <summary>Tells whether a switch is on.</summary>
    public bool IsOn(string name) => Get(name) is "true" or "1" or "t";

    private FlagSet Add(string name, bool isSwitch, string help)
    {
        _flags.Add(name, (isSwitch, help));
        return this;
    }
}
