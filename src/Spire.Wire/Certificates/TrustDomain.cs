using System.Diagnostics.CodeAnalysis;

namespace Spire.Wire.Certificates;

/// <summary>The name of a trust domain: 1 to 255 lower-case letters, digits, dots, dashes and underscores.</summary>
public sealed record TrustDomain
{
    private const int MaxLength = 255;
    private const string NameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789.-_";

    private TrustDomain(string name) => Name = name;

    /// <summary>Gets the name, without <c>spiffe://</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the SPIFFE id of the trust domain itself, which has no path.</summary>
    public SpiffeId Id => SpiffeId.Of(this, string.Empty);

    /// <summary>Gets the SPIFFE id that every SPIRE server of the trust domain has.</summary>
    public SpiffeId ServerId => SpiffeId.Of(this, "/spire/server");

    /// <summary>Reads a trust domain.</summary>
    /// <param name="text">A name, or a SPIFFE id in the trust domain.</param>
    /// <exception cref="FormatException">It is neither; the message says what is wrong.</exception>
    public static TrustDomain Parse(string text) =>
        TryParse(text, out var trustDomain, out var problem) ? trustDomain : throw new FormatException($"trust domain '{text}': {problem}");

    /// <summary>Reads a trust domain.</summary>
    /// <param name="text">A name, or a SPIFFE id in the trust domain.</param>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="problem">What is wrong, in the words of SPIFFE's Go library.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out TrustDomain? trustDomain, [NotNullWhen(false)] out string? problem)
    {
        if (text.Contains(":/", StringComparison.Ordinal))
        {
            trustDomain = SpiffeId.TryParse(text, out var id, out problem) ? id.TrustDomain : null;
            return trustDomain is not null;
        }

        problem = text switch
        {
            "" => "trust domain is missing",
            { Length: > MaxLength } => $"trust domain is longer than {MaxLength} characters",
            _ when text.AsSpan().ContainsAnyExcept(NameCharacters) =>
                "trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores",
            _ => null,
        };
        trustDomain = problem is null ? new TrustDomain(text) : null;
        return trustDomain is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
