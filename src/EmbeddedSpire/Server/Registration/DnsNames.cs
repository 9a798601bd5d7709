namespace EmbeddedSpire.Server.Registration;

/// <summary>Which DNS names an entry and a request may have. What is wrong is said in SPIRE's words as far as they are its own.</summary>
internal static class DnsNames
{
    private const int MaxLength = 253;
    private const int MaxLabelLength = 63;

    /// <summary>Says what is wrong with a name; null when nothing is.</summary>
    public static string? ProblemOf(string name)
    {
        if (!name.All(char.IsAscii))
        {
            return "name must be ascii";
        }

        switch (name.Count(character => character == '*'))
        {
            case 0:
                return ProblemOfPlain(name);
            case > 1:
                return "too many wildcards";
            default:
                return name.StartsWith("*.", StringComparison.Ordinal) ? ProblemOfPlain(name[2..]) : "wildcard must be first label";
        }
    }

    /// <summary>Returns a name that a wildcard of the same list covers; null when there is none.</summary>
    public static string? FindOverlap(IReadOnlyCollection<string> names) => names.FirstOrDefault(name =>
        name[0] != '*' && names.Contains("*" + (name.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0 ? name[dot..] : string.Empty)));

    private static string? ProblemOfPlain(string name)
    {
        name = name.Trim();
        if (name.Length == 0)
        {
            return "empty or only whitespace";
        }

        if (name[^1] == '.')
        {
            return "domain ends with dot";
        }

        // SPIRE asks a library for internationalized names, which lets every ASCII character pass, blanks included.
        var problem = name.Length > MaxLength ? "invalid length" : name.Split('.').Select(ProblemOfLabel).FirstOrDefault(found => found is not null);
        return problem is null ? null : $"idna error\nidna: {problem} \"{name}\"";
    }

    private static string? ProblemOfLabel(string label) => label switch
    {
        { Length: 0 or > MaxLabelLength } => "invalid label",
        _ when label[0] == '-' || label[^1] == '-' => "invalid label",
        ['x', 'n', '-', '-', ..] => null,
        [_, _, '-', '-', ..] => "invalid label",
        _ => null,
    };
}
