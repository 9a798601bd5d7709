using System.Collections;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace Validation.Spire.Tests.Conformance;

/// <summary>What a request consists of: which fields are set, how many there are of each, what kind of bytes they hold. Values are left out.</summary>
internal static class RequestShape
{
    public static string Of(IMessage message)
    {
        var fields = message.Descriptor.Fields.InFieldNumberOrder().Select(field => Of(field, message)).Where(text => text.Length > 0);
        return $"{message.Descriptor.Name} {{ {string.Join(", ", fields)} }}";
    }

    private static string Of(FieldDescriptor field, IMessage message) => field.Accessor.GetValue(message) switch
    {
        null or IList { Count: 0 } or ByteString { Length: 0 } or string { Length: 0 } or 0 or 0L or 0UL or false => string.Empty,
        IList list => $"{field.Name} [{string.Join(", ", list.Cast<object>().Select(item => item is IMessage inner ? Of(inner) : "…"))}]",
        IMessage inner => $"{field.Name} = {Of(inner)}",
        ByteString bytes => $"{field.Name} = {Of(bytes)}",
        string type when message is AttestationData && field.Name == "type" => $"type = {type}",
        _ => field.Name,
    };

    private static string Of(ByteString bytes)
    {
        try
        {
            if (bytes[0] == '{')
            {
                return Of(JsonNode.Parse(bytes.Span));
            }

            var request = SigningRequest.Parse(bytes.Memory);
            return $"a request of '{request.Subject.Name}' with a key of {request.PublicKey.Length} bytes, {request.Uris.Count} URIs and "
                + $"{request.DnsNames.Count} DNS names, signed {(request.HasValidSignature() ? "rightly" : "wrongly")}";
        }
        catch (CryptographicException)
        {
            return "bytes";
        }
    }

    private static string Of(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject members => $"{{ {string.Join(", ", members.Select(member => $"{member.Key}: {Of(member.Value)}"))} }}",
        JsonArray items => $"[{string.Join(", ", items.Select(Of))}]",
        _ => "…",
    };
}
