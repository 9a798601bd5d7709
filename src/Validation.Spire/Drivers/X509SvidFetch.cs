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
        [])
    {
        Needs = [SpireAccess.Administrator, SpireAccess.WorkloadApi],
    };

    /// <inheritdoc/>
    public async Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken)
    {
        using var session = await SpireSession.OpenAsync(site, cancellationToken);
        using var administrator = await Administrator.AppointAsync(site.Spire, session.Connector, site.Time, cancellationToken);
        var expected = session.IdOf($"workload/{load.Name}");
        foreach (var agent in site.Spire.Agents)
        {
            await administrator.RegisterAsync(EntryFor(agent, expected), cancellationToken);
        }

        var prepared = new Prepared(load, site, expected);
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

    private sealed class Prepared(LoadSpec load, LoadSite site, SpiffeId expected) : IFiredLoad
    {
        private static readonly Metadata Header = new() { { WorkloadMethods.SecurityHeader, "true" } };

        public async ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken)
        {
            var agent = site.Spire.Agents[(int)(operation.Number % site.Spire.Agents.Count)];
            try
            {
                var answer = await FetchAsync(agent, cancellationToken);
                operation.Answered();
                return SvidAnswer.Judge(load.Name, answer, expected, site.Time.GetUtcNow(), site.Svids);
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
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

        private async Task<string?> TryFetchAsync(SpireAgentAccess agent, CancellationToken cancellationToken)
        {
            try
            {
                var answer = await FetchAsync(agent, cancellationToken);
                return answer.Svids.Any(svid => svid.SpiffeId == expected.ToString()) ? null : "its first answer does not contain it";
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
            {
                return Failures.TextOf(failure);
            }
        }

        private async Task<X509SVIDResponse> FetchAsync(SpireAgentAccess agent, CancellationToken cancellationToken)
        {
            using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = agent.DialWorkloadApi });
            await using var call = channel.Open(WorkloadMethods.FetchX509SVID, new X509SVIDRequest(), new CallOptions(load.Timeout, Header), cancellationToken);
            return await call.ReadAsync(cancellationToken) ?? throw new WrongAnswerException("The agent ended the stream without an answer.");
        }
    }
}
