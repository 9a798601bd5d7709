using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>The claims of a token, as workloads get them.</summary>
internal static class Claims
{
    private static readonly string[] AlwaysTold = ["sub", "exp", "aud"];

    /// <summary>Reads the claims.</summary>
    /// <param name="svid">The token.</param>
    /// <param name="trustDomain">The agent's own trust domain, whose tokens are told in full.</param>
    /// <param name="toldOfOthers">The further claims that are told of tokens of other trust domains.</param>
    public static Struct Of(JwtSvid svid, TrustDomain trustDomain, IReadOnlySet<string> toldOfOthers)
    {
        var claims = JsonNode.Parse(svid.Claims)!.AsObject();
        if (svid.Id.TrustDomain != trustDomain)
        {
            foreach (var name in claims.Select(claim => claim.Key).Where(name => !AlwaysTold.Contains(name) && !toldOfOthers.Contains(name)).ToList())
            {
                claims.Remove(name);
            }
        }

        // A single audience may be written without brackets; workloads have always got a list.
        claims["aud"] = new JsonArray([.. svid.Audience.Select(one => JsonValue.Create(one))]);
        return JsonParser.Default.Parse<Struct>(claims.ToJsonString());
    }
}
