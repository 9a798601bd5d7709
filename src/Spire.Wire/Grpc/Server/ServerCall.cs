using Microsoft.AspNetCore.Http;

namespace Spire.Wire.Grpc.Server;

/// <summary>A call as its server sees it.</summary>
public sealed class ServerCall
{
    private readonly HttpContext _http;
    private Metadata? _requestMetadata;
    private Dictionary<Type, object>? _notes;

    internal ServerCall(HttpContext http, GrpcMethod method, DateTimeOffset? deadline)
    {
        _http = http;
        Method = method;
        Deadline = deadline;
        Peer = GrpcPeer.Of(http.Features);
    }

    /// <summary>Gets the method.</summary>
    public GrpcMethod Method { get; }

    /// <summary>Gets who calls.</summary>
    public GrpcPeer Peer { get; }

    /// <summary>Gets when the client gives up; null when it did not say.</summary>
    public DateTimeOffset? Deadline { get; }

    /// <summary>Gets what the client sent besides the messages.</summary>
    public Metadata RequestMetadata => _requestMetadata ??= ReadMetadata(_http.Request.Headers);

    /// <summary>Gets what goes out before the first message, if it is added before that.</summary>
    public Metadata ResponseHeaders { get; } = new();

    /// <summary>Gets what goes out with the status.</summary>
    public Metadata ResponseTrailers { get; } = new();

    /// <summary>Keeps something for those who handle the call after us, such as who the caller turned out to be.</summary>
    /// <typeparam name="T">The kind of note; there is one of a kind.</typeparam>
    /// <param name="note">The note.</param>
    public void Note<T>(T note)
        where T : class => (_notes ??= [])[typeof(T)] = note;

    /// <summary>Returns what an interceptor before us has noted; null when none has.</summary>
    /// <typeparam name="T">The kind of note.</typeparam>
    public T? Noted<T>()
        where T : class => _notes?.GetValueOrDefault(typeof(T)) as T;

    private static Metadata ReadMetadata(IHeaderDictionary headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase) || name == "Host")
            {
                continue;
            }

            foreach (var value in values)
            {
                metadata.AddUnchecked(name.ToLowerInvariant(), value ?? string.Empty);
            }
        }

        return metadata;
    }
}
