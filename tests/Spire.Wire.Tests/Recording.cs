using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;

namespace Spire.Wire.Tests;

/// <summary>What lies in <c>Recorded/</c>.</summary>
internal static class Recording
{
    public static readonly TrustDomain TrustDomain = TrustDomain.Parse("bench.test");

    /// <summary>An instant at which all recorded certificates are valid, except the one with the DNS names.</summary>
    public static readonly DateTimeOffset Then = new(2026, 11, 20, 12, 55, 0, TimeSpan.Zero);

    private static readonly DirectoryInfo Folder = new(Path.Combine(AppContext.BaseDirectory, "Recorded"));

    private static readonly Dictionary<string, MessageParser> Parsers = FileDescriptors()
        .SelectMany(file => file.MessageTypes.SelectMany(WithNested))
        .Append(Google.Protobuf.WellKnownTypes.Empty.Descriptor)
        .Where(type => type.Parser is not null)
        .ToDictionary(type => type.FullName, type => type.Parser);

    public static IEnumerable<string> Conversations =>
        new DirectoryInfo(Path.Combine(Folder.FullName, "messages")).EnumerateFiles().Select(file => file.Name).Order();

    public static IEnumerable<Line> Read(string conversation) =>
        File.ReadLines(Path.Combine(Folder.FullName, "messages", conversation))
            .Select(line => JsonSerializer.Deserialize<Line>(line, JsonSerializerOptions.Web)!);

    public static string Text(string certificate) => File.ReadAllText(Path.Combine(Folder.FullName, "certificates", certificate));

    public static ReadOnlyMemory<byte> Certificate(string name) =>
        BundleFormats.FromPem(TrustDomain, Text(name + ".pem")).X509Authorities.Single().Certificate;

    public static TrustBundle Bundle() => BundleFormats.FromPem(TrustDomain, Text("bundle.pem"));

    public static MessageParser ParserOf(string type) => Parsers[type];

    /// <summary>All contracts that are compiled into the library.</summary>
    public static IEnumerable<FileDescriptor> FileDescriptors() =>
        typeof(AgentMethods).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => (FileDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!);

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor type) =>
        type.NestedTypes.SelectMany(WithNested).Prepend(type);

    internal sealed record Line(
        int Call, string Method, string? From, string? Type, string? Bytes, int? Status, string? Message, string? Details, string? Note)
    {
        public byte[] Content => Convert.FromBase64String(Bytes ?? string.Empty);

        public T Parse<T>()
            where T : IMessage<T> => (T)ParserOf(Type!).ParseFrom(Content);
    }
}
