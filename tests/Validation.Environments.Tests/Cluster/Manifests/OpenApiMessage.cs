using System.Text;

namespace Validation.Environments.Tests.Cluster.Manifests;

/// <summary>Writes a schema the way kubectl asks for it: an OpenAPI 2 document as a protobuf message.</summary>
/// <remarks>The numbers are those of the fields in gnostic's <c>openapi.v2</c> messages.</remarks>
internal static class OpenApiMessage
{
    public static byte[] Write(ApiSchema schema)
    {
        var definitions = schema.Types.Select(type => Message(1, Named(type.Key, Definition(schema, type.Key, type.Value))));
        return [.. Text(1, "2.0"), .. Message(2, [.. Text(1, "stand-in"), .. Text(2, "1")]), .. Message(9, [.. definitions.SelectMany(bytes => bytes)])];
    }

    private static byte[] Definition(ApiSchema schema, string name, IReadOnlyList<ApiField> fields)
    {
        var properties = fields.SelectMany(field => Message(1, Named(field.Name, TypeOf(field.Type))));
        var required = fields.Where(field => field.IsRequired).SelectMany(field => Text(19, field.Name));
        return [.. required, .. Type("object"), .. Message(25, [.. properties]), .. KindOf(schema, name)];
    }

    private static byte[] KindOf(ApiSchema schema, string name) =>
        schema.Kinds.FirstOrDefault(kind => kind.Kind == name) is { } kind
            ? Message(31, Named(
                "x-kubernetes-group-version-kind",
                Text(2, $"- group: \"{kind.Group}\"\n  kind: {kind.Kind}\n  version: {kind.Version}\n")))
            : [];

    private static byte[] TypeOf(string type) => type switch
    {
        "string" or "integer" or "boolean" => Type(type),
        "integer-or-string" => [.. Text(2, "int-or-string"), .. Type("string")],
        ['[', .. var item, ']'] => [.. Type("array"), .. Message(23, Message(1, TypeOf(item)))],
        ['{', .. var value, '}'] => [.. Message(21, Message(1, TypeOf(value))), .. Type("object")],
        _ => Text(1, $"#/definitions/{type}"),
    };

    private static byte[] Type(string name) => Message(22, Text(1, name));

    private static byte[] Named(string name, byte[] value) => [.. Text(1, name), .. Message(2, value)];

    private static byte[] Text(int field, string value) => Message(field, Encoding.UTF8.GetBytes(value));

    private static byte[] Message(int field, byte[] content) => [.. Number((field << 3) | 2), .. Number(content.Length), .. content];

    private static IEnumerable<byte> Number(int value)
    {
        for (; value > 0x7f; value >>= 7)
        {
            yield return (byte)(value | 0x80);
        }

        yield return (byte)value;
    }
}
