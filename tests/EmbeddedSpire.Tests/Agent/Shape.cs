using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace EmbeddedSpire.Tests.Agent;

/// <summary>What a message consists of, without the values: which fields are set, how many there are of each, and all truth values.</summary>
internal static class Shape
{
    public static string Of(IMessage message) =>
        $"{message.Descriptor.Name} {{ {string.Join(", ", message.Descriptor.Fields.InFieldNumberOrder().Select(field => Of(field, message)).Where(text => text.Length > 0))} }}";

    private static string Of(FieldDescriptor field, IMessage message)
    {
        var value = field.Accessor.GetValue(message);
        return value switch
        {
            null => string.Empty,
            IDictionary { Count: 0 } or IList { Count: 0 } => string.Empty,
            IDictionary map => $"{field.Name} [{map.Count}]",
            IList list => $"{field.Name} [{string.Join(", ", list.Cast<object>().Select(Of))}]",
            IMessage inner => $"{field.Name} = {Of(inner)}",
            bool truth => truth ? $"{field.Name} = true" : string.Empty,
            ByteString { Length: 0 } or string { Length: 0 } or int and 0 or long and 0L or ulong and 0UL => string.Empty,
            _ => field.Name,
        };
    }

    private static string Of(object item) => item is IMessage message ? Of(message) : "…";
}
