using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Contracts.Workload;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Spire.Access;

namespace Validation.Spire.Drivers;

/// <summary>One operation is the start of one workload: a new connection to an agent, the SVID stream opened, its first answer verified.</summary>
public sealed class X509SvidFetch : ILoadDriver
{
    // An entry takes a cache reload and a sync, 5 s each, to reach an agent; SPIRE's back-off may add some.
    private static readonly TimeSpan PropagationLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public DriverKind Kind { get; } = new(
        DriverNames.X509SvidFetch,
        "A new connection to an agent's Workload API, the X509-SVID stream opened, its first answer verified. The agents take turns.",
        []);

    /// <inheritdoc/>
    public async Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken)
    {
        using var session = await SpireSession.OpenAsync(site, cancellationToken);
        using var administrator = await Administrator.AppointAsync(site.Spire, session.Connector, cancellationToken);
        var expected = session.IdOf($"workload/{load.Name}");
        foreach (var agent in site.Spire.Agents)
        {
            await administrator.RegisterAsync(EntryFor(agent, expected), cancellationToken);
        }

        var prepared = new Prepared(load, site, session.Trust.TrustDomain, expected);
        await prepared.WaitForIdentitiesAsync(cancellationToken);
        return prepared;
    }

    private static Entry EntryFor(SpireAgentAccess agent, SpiffeId id)
    {
        var (type, value) = (agent.CallerSelector.Split(':')[0], agent.CallerSelector[(agent.CallerSelector.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        return new Entry
        {
            ParentId = SpiffeId.Parse(agent.AgentId).ToApi(),
            SpiffeId = id.ToApi(),
            Selectors = { new global::Spire.Wire.Contracts.Types.Selector { Type = type, Value = value } },
        };
    }

    private sealed class Prepared(LoadSpec load, LoadSite site, TrustDomain trustDomain, SpiffeId expected) : IPreparedLoad
    {
        private static readonly Metadata Header = MakeHeader();

        public async ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken)
        {
            var agent = site.Spire.Agents[(int)(operation.Number % site.Spire.Agents.Count)];
            try
            {
                var answer = await FetchAsync(agent, cancellationToken);
                operation.Answered();
                return Judge(answer);
            }
            catch (GrpcException failure)
            {
                return Failures.Of(failure);
            }
        }

        /// <summary>Waits until every agent has the harness' identity in its cache.</summary>
        public async Task WaitForIdentitiesAsync(CancellationToken cancellationToken)
        {
            var since = site.Time.GetTimestamp();
            foreach (var agent in site.Spire.Agents)
            {
                while (await TryFetchAsync(agent, cancellationToken) is { } problem)
                {
                    if (site.Time.GetElapsedTime(since) > PropagationLimit)
                    {
                        throw new HarnessException(
                            ExitCode.EnvironmentFailed,
                            $"{agent.Node.Name} did not give '{expected}' within {Duration.Format(PropagationLimit)} after its registration: {problem}");
                    }

                    await Task.Delay(LookAgainAfter, site.Time, cancellationToken);
                }
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static Metadata MakeHeader()
        {
            var header = new Metadata { { WorkloadMethods.SecurityHeader, "true" } };
            return header;
        }

        private async Task<string?> TryFetchAsync(SpireAgentAccess agent, CancellationToken cancellationToken)
        {
            try
            {
                var answer = await FetchAsync(agent, cancellationToken);
                return answer.Svids.Any(svid => svid.SpiffeId == expected.ToString()) ? null : "its first answer does not contain it";
            }
            catch (GrpcException failure)
            {
                return failure.Message;
            }
        }

        private async Task<X509SVIDResponse> FetchAsync(SpireAgentAccess agent, CancellationToken cancellationToken)
        {
            using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = agent.DialWorkloadApi });
            await using var call = channel.Open(WorkloadMethods.FetchX509SVID, new X509SVIDRequest(), new CallOptions(load.Timeout, Header), cancellationToken);
            return await call.ReadAsync(cancellationToken) ?? throw new GrpcException(StatusCode.Internal, "the agent ended the stream without an answer");
        }

        /// <summary>Verifies the SVID the way a workload does: by the bundle that came with it, and with its own key.</summary>
        private Outcome Judge(X509SVIDResponse answer)
        {
            var svid = answer.Svids.FirstOrDefault(svid => svid.SpiffeId == expected.ToString());
            if (svid is null)
            {
                return Outcome.Failed(Failures.WrongAnswer, $"The answer has no SVID for '{expected}'.");
            }

            try
            {
                var bundle = new TrustBundle
                {
                    TrustDomain = trustDomain,
                    X509Authorities = [.. DecodedCertificate.Split(svid.Bundle.Memory).Select(authority => new X509Authority(authority))],
                };
                var chain = DecodedCertificate.Split(svid.X509Svid.Memory);
                using var key = Keys.ReadPrivate(svid.X509SvidKey.Span);
                var verification = new SvidVerifier(bundle).Verify(chain, site.Time.GetUtcNow());
                return SvidAnswer.Judge(load.Name, chain, expected, key.ExportSubjectPublicKeyInfo(), verification, site.Svids);
            }
            catch (System.Security.Cryptography.CryptographicException error)
            {
                return Outcome.Failed(Failures.DoesNotVerify, error.Message);
            }
        }
    }
}
