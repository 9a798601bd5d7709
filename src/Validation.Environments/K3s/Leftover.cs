namespace Validation.Environments.K3s;

/// <summary>A container or a network of the harness on the engine.</summary>
/// <param name="Kind"><c>container</c> or <c>network</c>.</param>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Mark">The process it belongs to, as <see cref="HarnessMark"/> writes it.</param>
/// <param name="State">The engine's word for what a container does: <c>running</c>, <c>exited</c> … Empty for a network.</param>
internal sealed record Leftover(string Kind, string Id, string Name, string Mark, string State)
{
    /// <summary>The kind of containers.</summary>
    public const string Container = "container";

    /// <summary>The kind of networks.</summary>
    public const string Network = "network";

    /// <summary>Gets whether it is a container that has ended and that nobody is about to start.</summary>
    public bool HasEnded => State is "exited" or "dead" or "removing";

    /// <summary>Reads a line that docker prints: id, name, mark and, for a container, its state.</summary>
    /// <param name="kind">What it lists.</param>
    /// <param name="line">The line.</param>
    public static Leftover Parse(string kind, string line)
    {
        var words = line.Split(' ');
        return new Leftover(kind, words[0], words.ElementAtOrDefault(1) ?? words[0], words.ElementAtOrDefault(2) ?? string.Empty, words.ElementAtOrDefault(3) ?? string.Empty);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name}";
}
