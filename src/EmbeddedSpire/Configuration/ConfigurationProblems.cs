namespace EmbeddedSpire.Configuration;

/// <summary>Collects what is wrong with a configuration, so that all of it is reported at once.</summary>
internal sealed class ConfigurationProblems
{
    private readonly List<(HclPosition Position, string Text)> _problems = [];

    /// <summary>Adds a problem.</summary>
    public void Add(HclPosition position, string text) => _problems.Add((position, text));

    /// <exception cref="ConfigurationException">There is a problem.</exception>
    public void ThrowIfAny()
    {
        if (_problems.Count > 0)
        {
            var lines = _problems.OrderBy(problem => problem.Position.Line).ThenBy(problem => problem.Position.Column)
                .Select(problem => $"{problem.Position}: {problem.Text}").Distinct();
            throw new ConfigurationException(string.Join('\n', lines));
        }
    }
}
