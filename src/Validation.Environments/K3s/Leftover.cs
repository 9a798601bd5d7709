namespace Validation.Environments.K3s;

/// <summary>A container or a network of the harness on the engine.</summary>
/// <param name="Kind"><c>container</c> or <c>network</c>.</param>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Mark">The process it belongs to, as <see cref="HarnessMark"/> writes it.</param>
internal sealed record Leftover(string Kind, string Id, string Name, string Mark)
{
    /// <summary>Reads a line that docker prints: id, name and mark.</summary>
    /// <param name="kind">What it lists.</param>
    /// <param name="line">The line.</param>
    public static Leftover Parse(string kind, string line)
    {
        var words = line.Split(' ');
        return new Leftover(kind, words[0], words.ElementAtOrDefault(1) ?? words[0], words.ElementAtOrDefault(2) ?? string.Empty);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name}";
}
