using System.Diagnostics.CodeAnalysis;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Server.Registration;

/// <summary>Reads SPIFFE ids of requests. What is wrong is said in SPIRE's words.</summary>
internal static class Ids
{
    /// <summary>Reads the id of an agent of a trust domain.</summary>
    public static bool TryReadAgent(SPIFFEID? id, TrustDomain trustDomain, [NotNullWhen(true)] out SpiffeId? agent, [NotNullWhen(false)] out string? problem) =>
        TryRead(id, trustDomain, "an agent in", found => found.IsAgent, "path is not in the agent namespace", out agent, out problem);

    /// <summary>Reads the id of a workload of a trust domain.</summary>
    public static bool TryReadWorkload(SPIFFEID? id, TrustDomain trustDomain, [NotNullWhen(true)] out SpiffeId? workload, [NotNullWhen(false)] out string? problem) =>
        TryRead(id, trustDomain, "a workload in", found => !found.IsReserved, "path is in the reserved namespace", out workload, out problem);

    /// <summary>Reads the id of anybody in a trust domain.</summary>
    public static bool TryReadMember(SPIFFEID? id, TrustDomain trustDomain, [NotNullWhen(true)] out SpiffeId? member, [NotNullWhen(false)] out string? problem) =>
        TryRead(id, trustDomain, "a member of", _ => true, string.Empty, out member, out problem);

    /// <summary>Says why an id is not a workload's; null when it is one.</summary>
    public static string? ProblemOfWorkload(SpiffeId id, TrustDomain trustDomain) =>
        ProblemOf(id, trustDomain, "a workload in", found => !found.IsReserved, "path is in the reserved namespace");

    private static bool TryRead(
        SPIFFEID? given,
        TrustDomain trustDomain,
        string role,
        Func<SpiffeId, bool> hasRightPath,
        string wrongPath,
        [NotNullWhen(true)] out SpiffeId? id,
        [NotNullWhen(false)] out string? problem)
    {
        id = null;
        if (given is null)
        {
            problem = "request must specify SPIFFE ID";
            return false;
        }

        if (!TrustDomain.TryParse(given.TrustDomain, out var itsDomain, out problem) || !SpiffeId.TryParse($"{itsDomain.Id}{given.Path}", out id, out problem))
        {
            // The parser would count a path without its slash to the trust domain.
            problem = given.Path.Length > 0 && given.Path[0] != '/' && itsDomain is not null ? "path must have a leading slash" : problem;
            return false;
        }

        problem = given.Path.Length > 0 && given.Path[0] != '/' ? "path must have a leading slash" : ProblemOf(id, trustDomain, role, hasRightPath, wrongPath);
        return problem is null;
    }

    private static string? ProblemOf(SpiffeId id, TrustDomain trustDomain, string role, Func<SpiffeId, bool> hasRightPath, string wrongPath)
    {
        if (id.TrustDomain != trustDomain)
        {
            return $"\"{id}\" is not a member of trust domain \"{trustDomain}\"";
        }

        if (id.Path.Length == 0)
        {
            return $"\"{id}\" is not {role} trust domain \"{trustDomain}\"; path is empty";
        }

        return hasRightPath(id) ? null : $"\"{id}\" is not {role} trust domain \"{trustDomain}\"; {wrongPath}";
    }
}
