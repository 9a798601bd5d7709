using Validation.Core.Loads;
using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;
using Validation.Scenarios.Yaml;

namespace Validation.Scenarios.Sections;

/// <summary>A load as far as it could be read.</summary>
/// <param name="Name">Its name, also when it is not allowed: whoever refers to it is not to blame.</param>
/// <param name="Spec">The load; null when its driver or its arrivals could not be read.</param>
internal sealed record LoadDraft(string Name, LoadSpec? Spec)
{
    /// <summary>Gets the names by which objectives refer to its operations.</summary>
    public IReadOnlyList<string> Streams => Spec is null ? [Name] : [.. Spec.Streams.Select(stream => stream.Name)];
}

/// <summary>Reads <c>load</c>: the named streams of operations.</summary>
internal sealed class LoadSection
{
    private const string Example = "load: { fetch: { driver: x509-svid-fetch, arrivals: 20/s } }";

    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, DriverKind> _drivers;
    private readonly IReadOnlyCollection<(string Name, string Role)> _nodes;
    private readonly DiagnosticLog _log;

    /// <summary>Creates the reader.</summary>
    /// <param name="drivers">The kinds of operations.</param>
    /// <param name="nodes">The names and roles of the stack's nodes.</param>
    /// <param name="log">Takes what is wrong.</param>
    public LoadSection(IEnumerable<DriverKind> drivers, IReadOnlyCollection<(string Name, string Role)> nodes, DiagnosticLog log)
    {
        _drivers = drivers.ToDictionary(driver => driver.Name);
        _nodes = nodes;
        _log = log;
    }

    /// <summary>Reads the loads.</summary>
    /// <param name="scenario">The scenario.</param>
    public IReadOnlyList<LoadDraft> Read(MappingReader scenario)
    {
        if (scenario.Demand("load", Example) is not { } value || MappingReader.Of(value, "'load'", _log) is not { } loads)
        {
            return [];
        }

        if (!loads.Entries.Any())
        {
            _log.Add(value.Position, $"'load' is empty. Write for example '{Example}'.");
        }

        return [.. loads.Entries.Select(entry => Read(entry.Key, entry.Value))];
    }

    private Arrivals? ReadArrivals(MappingReader load, DriverKind? driver)
    {
        if (driver is not { IsPopulation: true })
        {
            return load.Demand("arrivals", "arrivals: 20/s") is { } given ? ArrivalsSection.Read(load, given, _log) : null;
        }

        if (load.Has("arrivals"))
        {
            load.Find("arrivals");
            load.Complain("arrivals", $"'{driver.Name}' takes no arrivals: it is a population, whose members plan their own operations. Leave 'arrivals' out.");
        }

        return new OwnArrivals(default);
    }

    private LoadDraft Read(YamlText key, YamlValue value)
    {
        var name = key.Text;
        if (Formats.Name.Read(name) is null)
        {
            _log.Add(key.Position, Formats.Name.Problem("load", name));
        }

        if (MappingReader.Of(value, $"load '{name}'", _log) is not { } load)
        {
            return new LoadDraft(name, null);
        }

        var driver = load.Demand("driver", Formats.Word(_drivers), "driver: x509-svid-fetch");
        var arrivals = ReadArrivals(load, driver);
        var timeout = load.Read("timeout", Formats.Length(ShortestTimeout, LongestTimeout));
        if (driver is null)
        {
            return new LoadDraft(name, null);
        }

        var parameters = ParameterSection.Read(load, driver.Parameters, _nodes);
        load.RejectOthers();
        if (arrivals is null)
        {
            return new LoadDraft(name, null);
        }

        var spec = new LoadSpec
        {
            Name = name,
            Driver = driver,
            Arrivals = arrivals,
            Parameters = parameters,
            Position = key.Position,
        };
        return new LoadDraft(name, timeout is null ? spec : spec with { Timeout = timeout.Value });
    }
}
