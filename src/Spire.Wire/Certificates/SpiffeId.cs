using System.Diagnostics.CodeAnalysis;
using Spire.Wire.Contracts.Types;

namespace Spire.Wire.Certificates;

/// <summary>A SPIFFE id: <c>spiffe://</c>, a trust domain and a path; at most 2048 bytes.</summary>
public sealed record SpiffeId
{
    /// <summary>The path under which SPIRE keeps its own ids. Workloads cannot have one of them.</summary>
    public const string ReservedPath = "/spire";

    /// <summary>The path under which SPIRE's agents have their ids.</summary>
    public const string AgentPath = "/spire/agent";

    private const string Scheme = "spiffe://";
    private const int MaxLength = 2048;
    private const string SegmentCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

    private readonly string _text;

    private SpiffeId(TrustDomain trustDomain, string path)
    {
        TrustDomain = trustDomain;
        Path = path;
        _text = Scheme + trustDomain.Name + path;
    }

    /// <summary>Gets the trust domain.</summary>
    public TrustDomain TrustDomain { get; }

    /// <summary>Gets the path: empty, or beginning with a slash.</summary>
    public string Path { get; }

    /// <summary>Gets whether the id is reserved for SPIRE itself.</summary>
    public bool IsReserved => IsAt(ReservedPath);

    /// <summary>Gets whether the id is an agent's.</summary>
    public bool IsAgent => IsAt(AgentPath) && Path.Length > AgentPath.Length;

    /// <summary>Makes an id of its parts.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="path">Empty, or beginning with a slash.</param>
    /// <exception cref="FormatException">The path is not one; the message says what is wrong.</exception>
    public static SpiffeId Of(TrustDomain trustDomain, string path) =>
        ProblemOfPath(path) is not { } problem
            ? new SpiffeId(trustDomain, path)
            : throw new FormatException($"path '{path}': {problem}");

    /// <summary>Reads an id.</summary>
    /// <param name="text">The whole id.</param>
    /// <exception cref="FormatException">It is none; the message says what is wrong.</exception>
    public static SpiffeId Parse(string text) =>
        TryParse(text, out var id, out var problem) ? id : throw new FormatException($"SPIFFE id '{text}': {problem}");

    /// <summary>Reads an id.</summary>
    /// <param name="text">The whole id.</param>
    /// <param name="id">The id.</param>
    /// <param name="problem">What is wrong, in the words of SPIFFE's Go library.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out SpiffeId? id, [NotNullWhen(false)] out string? problem)
    {
        id = null;
        problem = text switch
        {
            "" => "cannot be empty",
            _ when !text.StartsWith(Scheme, StringComparison.Ordinal) => "scheme is missing or invalid",
            _ => null,
        };
        if (problem is not null)
        {
            return false;
        }

        var slash = text.IndexOf('/', Scheme.Length);
        var end = slash < 0 ? text.Length : slash;
        var path = text[end..];
        if (!TrustDomain.TryParse(text[Scheme.Length..end], out var trustDomain, out problem) || (problem = ProblemOfPath(path)) is not null)
        {
            return false;
        }

        if (text.Length > MaxLength)
        {
            problem = $"longer than {MaxLength} bytes";
            return false;
        }

        id = new SpiffeId(trustDomain, path);
        return true;
    }

    /// <summary>Reads an id as the server's API has it.</summary>
    /// <param name="id">The id; null counts as empty.</param>
    /// <exception cref="FormatException">It is none; the message says what is wrong.</exception>
    public static SpiffeId FromApi(SPIFFEID? id) => Of(TrustDomain.Parse(id?.TrustDomain ?? string.Empty), id?.Path ?? string.Empty);

    /// <summary>Returns the id as the server's API has it.</summary>
    public SPIFFEID ToApi() => new() { TrustDomain = TrustDomain.Name, Path = Path };

    /// <summary>Returns the whole id.</summary>
    public override string ToString() => _text;

    private static string? ProblemOfPath(string path)
    {
        if (path.Length == 0)
        {
            return null;
        }

        if (path[0] != '/')
        {
            return "path must have a leading slash";
        }

        if (path[^1] == '/')
        {
            return "path cannot have a trailing slash";
        }

        foreach (var range in path.AsSpan(1).Split('/'))
        {
            var segment = path.AsSpan(1)[range];
            if (segment.IsEmpty)
            {
                return "path cannot contain empty segments";
            }

            if (segment is "." or "..")
            {
                return "path cannot contain dot segments";
            }

            if (segment.ContainsAnyExcept(SegmentCharacters))
            {
                return "path segment characters are limited to letters, numbers, dots, dashes, and underscores";
            }
        }

        return null;
    }

    private bool IsAt(string path) =>
        Path.StartsWith(path, StringComparison.Ordinal) && (Path.Length == path.Length || Path[path.Length] == '/');
}
