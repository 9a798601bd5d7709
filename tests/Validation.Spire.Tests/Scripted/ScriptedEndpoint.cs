using System.Net;
using Google.Protobuf.WellKnownTypes;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace Validation.Spire.Tests.Scripted;

/// <summary>One address of a scripted server or agent. It has the methods that drivers call, and hears every byte of them.</summary>
internal sealed class ScriptedEndpoint : IAsyncDisposable
{
    private static readonly GrpcMethod[] Methods =
    [
        AgentMethods.AttestAgent,
        AgentMethods.CreateJoinToken,
        AgentMethods.PostStatus,
        BundleMethods.GetBundle,
        EntryMethods.BatchCreateEntry,
        EntryMethods.GetEntry,
        EntryMethods.BatchDeleteEntry,
        EntryMethods.GetAuthorizedEntries,
        EntryMethods.SyncAuthorizedEntries,
        SvidMethods.BatchNewX509SVID,
        SvidMethods.MintX509SVID,
        WorkloadMethods.FetchX509SVID,
    ];

    // "te", "host" and the rest are gRPC's and HTTP's own.
    private static readonly HashSet<string> Usual = ["te", "user-agent", "content-type", "host", "transfer-encoding"];

    private readonly ScriptedSpire _spire;
    private readonly string _place;
    private GrpcServer? _server;

    private ScriptedEndpoint(ScriptedSpire spire, string place) => (_spire, _place) = (spire, place);

    public EndPoint Address => _server!.Address;

    public static async Task<ScriptedEndpoint> StartAsync(ScriptedSpire spire, string place, EndPoint address, bool hasTls)
    {
        var endpoint = new ScriptedEndpoint(spire, place);
        var verifier = new SvidVerifier(spire.Today.Bundle);
        endpoint._server = await GrpcServer.StartAsync(
            new GrpcServerOptions
            {
                Listen = address,
                Handlers = endpoint.Handlers(),
                Tls = hasTls ? () => SvidTls.ForServer(spire.Identity(), verifier, id => spire.MayConnect(id), spire.Clock) : null,
            },
            CancellationToken.None);
        return endpoint;
    }

    public async ValueTask DisposeAsync() => await _server!.DisposeAsync();

    private GrpcHandlers Handlers()
    {
        var handlers = new GrpcHandlers();
        foreach (var method in Methods)
        {
            var type = method.GetType().GetGenericArguments()[0];
            var requestType = ((Google.Protobuf.IMessage)Activator.CreateInstance(type)!).Descriptor.FullName;
            handlers.Map(
                new DuplexMethod<Empty, Empty>(method.Service, method.Name),
                (requests, responses, call, cancellationToken) => AnswerAsync(requestType, requests, responses, call, cancellationToken));
        }

        return handlers;
    }

    private async Task AnswerAsync(
        string requestType, MessageReader<Empty> requests, MessageWriter<Empty> responses, ServerCall call, CancellationToken cancellationToken)
    {
        var certificate = call.Peer.Certificate is { } shown ? DecodedCertificate.Decode(shown.RawDataMemory) : null;
        var seen = new SeenCall
        {
            Method = call.Method.Path,
            Place = _place,
            Connection = call.Peer.ConnectionId,
            Caller = certificate?.Uris[0],
            Serial = certificate?.SerialNumber,
            HasDeadline = call.Deadline is not null,
            Metadata = [.. call.RequestMetadata.Where(pair => !Usual.Contains(pair.Key)).Select(pair => $"{pair.Key}: {pair.Value}")],
        };
        _spire.Saw(seen);
        var exchange = new Exchange(seen, requestType, requests, responses, cancellationToken);
        try
        {
            await _spire.Script(seen)(exchange);
            if (seen.Method == AgentMethods.AttestAgent.Path && seen.Steps[^1] is { IsFromClient: false })
            {
                // What a driver does with its side of the call when it has what it wanted.
                await exchange.ReadAsync();
            }
        }
        finally
        {
            seen.End();
        }
    }
}
