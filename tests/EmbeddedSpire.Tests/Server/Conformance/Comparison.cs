using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Tests.Server.Conformance;

/// <summary>Compares what our server answers with what a real one answered.</summary>
/// <remarks>
/// Everything counts: which fields are set, how many items there are, numbers, texts. Left out are instants (only whether there is
/// one counts), what is drawn at random, and the bytes of certificates and keys, whose shape is compared instead.
/// </remarks>
internal sealed class Comparison(Substitutions substitutions)
{
    private const string AgentSelectors = "spire.api.types.Agent.selectors";

    private readonly List<Finding> _findings = [];

    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Compares two messages of one type.</summary>
    public void Messages(string place, IMessage recorded, IMessage live)
    {
        foreach (var field in recorded.Descriptor.Fields.InDeclarationOrder())
        {
            Field($"{place}{(place.Length > 0 ? "." : string.Empty)}{field.Name}", field, field.Accessor.GetValue(recorded), field.Accessor.GetValue(live));
        }
    }

    /// <summary>Compares texts of two statuses or of something else.</summary>
    public void Texts(string place, string recorded, string live)
    {
        if (!substitutions.Agree(recorded, live))
        {
            Note(place, recorded, live);
        }
    }

    /// <summary>Compares anything that has a text.</summary>
    public void Values(string place, object? recorded, object? live)
    {
        if (!Equals(recorded, live))
        {
            Note(place, recorded?.ToString() ?? "(none)", live?.ToString() ?? "(none)");
        }
    }

    private void Field(string place, FieldDescriptor field, object? recorded, object? live)
    {
        if (recorded is IList then && live is IList now)
        {
            if (field.FullName == AgentSelectors)
            {
                // Their order is that in which PostgreSQL happens to join them: recorded are several for the same agent.
                then = then.Cast<object>().OrderBy(item => item.ToString(), StringComparer.Ordinal).ToList();
                now = now.Cast<object>().OrderBy(item => item.ToString(), StringComparer.Ordinal).ToList();
            }

            Values($"{place} (count)", then.Count, now.Count);
            for (var i = 0; i < Math.Min(then.Count, now.Count); i++)
            {
                Field($"{place}[{i}]", field, then[i], now[i]);
            }

            return;
        }

        switch (recorded, live)
        {
            case (IMessage a, IMessage b):
                Messages(place, a, b);
                break;
            case (string a, string b) when a.StartsWith("eyJ", StringComparison.Ordinal) && b.StartsWith("eyJ", StringComparison.Ordinal):
                Texts(place, Shapes.OfToken(a), Shapes.OfToken(b));
                break;
            case (string a, string b):
                Texts(place, a, b);
                break;
            case (ByteString a, ByteString b):
                Bytes(place, a, b);
                break;
            case (long or int, long or int) when field.Name.EndsWith("_at", StringComparison.Ordinal) || field.Name == "uptime":
                Values(place, Convert.ToInt64(recorded, null) > 0, Convert.ToInt64(live, null) > 0);
                break;
            default:
                Values(place, recorded, live);
                break;
        }
    }

    private void Bytes(string place, ByteString recorded, ByteString live)
    {
        if (recorded == live)
        {
            return;
        }

        var (a, b) = (Describe(recorded), Describe(live));
        Texts(place, a, b);
        if (a != recorded.ToBase64() && !substitutions.Learn(recorded.ToBase64(), live.ToBase64()))
        {
            Note(place, "the same as before", "another one");
        }
    }

    private static string Describe(ByteString bytes)
    {
        if (bytes.Length > 0 && bytes[0] == '{')
        {
            return Shapes.OfJson(bytes.Span);
        }

        if (DecodedCertificate.TryDecode(bytes.Memory, out _, out _))
        {
            return Shapes.OfCertificate(bytes.Memory);
        }

        try
        {
            using var key = Keys.ReadPublic(bytes.Span);
            return $"{key.GetType().Name} {key.KeySize}";
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return bytes.ToBase64();
        }
    }

    private void Note(string place, string recorded, string live) =>
        _findings.Add(new Finding(place, Substitutions.Blank(recorded), Substitutions.Blank(live)));

    /// <summary>A place where an answer differs.</summary>
    internal sealed record Finding(string Place, string Recorded, string Live);
}
