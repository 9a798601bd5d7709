using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Client.Lean;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Spire.Access;

namespace Validation.Spire.Drivers;

/// <summary>One operation is one signature: a fresh key, <c>BatchNewX509SVID</c> over mTLS as an attested agent, the chain verified.</summary>
public sealed class X509SvidSign : ILoadDriver
{
    private static readonly Parameter<int> Agents = Parameters.Count(
        "agents", "How many virtual agents take turns; each has its own connection.", 1, 10_000, 4);

    // An entry is visible on a server after its next cache reload, 5 s apart.
    private static readonly TimeSpan PropagationLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public DriverKind Kind { get; } = new(
        DriverNames.X509SvidSign,
        "A fresh key, BatchNewX509SVID over mTLS as an attested agent, the chain verified.",
        [Agents])
    {
        Needs = [SpireAccess.NodeAuthority, SpireAccess.Administrator],
    };

    /// <inheritdoc/>
    public async Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken)
    {
        var session = await SpireSession.OpenAsync(site, cancellationToken);
        var id = session.IdOf($"sign/{load.Name}");
        var entry = await RegisterAsync(load, site, session, id, cancellationToken);
        var keys = await KeyStock.StartAsync(load.Name, load.Arrivals, key => SigningRequest.ForWorkload(key, id), site.Events, cancellationToken);
        var agents = new List<VirtualAgent>();
        for (var i = 1; i <= load.Parameters.Get(Agents); i++)
        {
            agents.Add(await VirtualAgent.AttestAsync(session, session.Nodes.Make($"{load.Name}-{i}"), site.Spire.LoadBalancedApi, site, cancellationToken));
        }

        var prepared = new Prepared(load, site, session, agents, keys, entry, id);
        await prepared.WaitForEntryAsync(cancellationToken);
        return prepared;
    }

    /// <summary>Registers one entry that reaches every virtual agent, through an alias for all nodes of the harness.</summary>
    private static async Task<string> RegisterAsync(
        LoadSpec load, LoadSite site, SpireSession session, SpiffeId id, CancellationToken cancellationToken)
    {
        using var administrator = await Administrator.AppointAsync(site.Spire, session.Connector, site.Time, cancellationToken);
        var nodes = await HarnessNodes.RegisterAsync(administrator, session, cancellationToken);
        var entry = await administrator.RegisterAsync(
            new Entry { ParentId = nodes.ToApi(), SpiffeId = id.ToApi(), Selectors = { NewSelector("harness", load.Name) } },
            cancellationToken);
        return entry.Id;
    }

    private static global::Spire.Wire.Contracts.Types.Selector NewSelector(string type, string value) => new() { Type = type, Value = value };

    private sealed class Prepared(
        LoadSpec load, LoadSite site, SpireSession session, IReadOnlyList<VirtualAgent> agents, KeyStock keys, string entry, SpiffeId id) : IFiredLoad
    {
        public async ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken)
        {
            var agent = agents[(int)(operation.Number % agents.Count)];
            var prepared = keys.Take();
            using var key = prepared.Key;
            try
            {
                var result = await agent.UseAsync(channel => SignAsync(channel, prepared.Request, cancellationToken), cancellationToken);
                operation.Answered();
                return (StatusCode)result.Status.Code != StatusCode.OK
                    ? Failures.Of(result.Status)
                    : await SvidAnswer.JudgeAsync(
                        load.Name,
                        result.Svid,
                        id,
                        key.ExportSubjectPublicKeyInfo(),
                        session.Trust,
                        site.Svids,
                        cancellationToken);
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
            {
                return Failures.Of(failure);
            }
        }

        /// <summary>Waits until every server has the entry and every agent in its cache.</summary>
        public async Task WaitForEntryAsync(CancellationToken cancellationToken)
        {
            var since = site.Time.GetTimestamp();
            foreach (var (server, agent) in site.Spire.Servers.SelectMany(server => agents.Select(agent => (server, agent))))
            {
                using var channel = session.Connector.To(server.Api, agent.Channel.Identity);
                while (await TrySignAsync(channel, cancellationToken) is { } problem)
                {
                    if (site.Time.GetElapsedTime(since) > PropagationLimit)
                    {
                        throw new HarnessException(
                            ExitCode.EnvironmentFailed,
                            $"{server.Node.Name} did not sign for '{id}' within {Duration.Format(PropagationLimit)} after its registration: {problem}");
                    }

                    await Task.Delay(LookAgainAfter, site.Time, cancellationToken);
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await keys.DisposeAsync();
            foreach (var agent in agents)
            {
                await agent.DisposeAsync();
            }

            session.Dispose();
        }

        private async Task<string?> TrySignAsync(UnaryChannel channel, CancellationToken cancellationToken)
        {
            using var key = Keys.Create();
            try
            {
                var result = await SignAsync(channel, SigningRequest.ForWorkload(key, id), cancellationToken);
                return (StatusCode)result.Status.Code == StatusCode.OK ? null : result.Status.Message;
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
            {
                return Failures.TextOf(failure);
            }
        }

        private async Task<BatchNewX509SVIDResponse.Types.Result> SignAsync(UnaryChannel channel, byte[] request, CancellationToken cancellationToken)
        {
            var message = new BatchNewX509SVIDRequest
            {
                Params = { new NewX509SVIDParams { EntryId = entry, Csr = UnsafeByteOperations.UnsafeWrap(request) } },
            };
            var response = await channel.CallAsync(SvidMethods.BatchNewX509SVID, message, CallOptions.Within(load.Timeout), cancellationToken);
            return Batch.OnlyResult(response.Results, result => result.Status);
        }
    }
}
