using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc.Client;
using Validation.Core.Loads;
using Validation.Core.Running;

namespace Validation.Spire.Access;

/// <summary>Asks each server, past the load balancer and all the time, which entries it shows an agent: one virtual agent for each server.</summary>
internal sealed class EntryWatch : IAsyncDisposable
{
    // What an answer is late by, at most, besides its own time.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);

    // Ids are always told, and nothing else is asked for.
    private static readonly GetAuthorizedEntriesRequest Ids = new() { OutputMask = new EntryMask() };

    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyList<VirtualAgent> _agents;
    private readonly LoadSite _site;
    private readonly Task _watching;

    private EntryWatch(IReadOnlyList<VirtualAgent> agents, LoadSite site)
    {
        (_agents, _site) = (agents, site);
        var servers = site.Spire.Servers.Select(server => server.Node.Name).ToArray();
        Sightings = new EntrySightings(servers);
        _watching = Task.WhenAll(servers.Zip(agents, WatchAsync));
    }

    /// <summary>Gets what was seen.</summary>
    public EntrySightings Sightings { get; }

    /// <summary>Attests the agents and begins to watch.</summary>
    /// <param name="name">A name for the agents' nodes, unique in the run.</param>
    /// <param name="session">The session.</param>
    /// <param name="site">Where the load runs.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="Core.HarnessException">A server did not attest its agent.</exception>
    public static async Task<EntryWatch> StartAsync(string name, SpireSession session, LoadSite site, CancellationToken cancellationToken)
    {
        var agents = new List<VirtualAgent>();
        foreach (var server in site.Spire.Servers)
        {
            agents.Add(await VirtualAgent.AttestAsync(session, session.Nodes.Make($"{name}-{server.Node.Name}"), server.Api, site, cancellationToken));
        }

        return new EntryWatch(agents, site);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var agent in _agents)
        {
            await agent.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task WatchAsync(string server, VirtualAgent agent)
    {
        var answers = true;
        while (true)
        {
            try
            {
                var answer = await agent.UseAsync(
                    channel => channel.CallAsync(EntryMethods.GetAuthorizedEntries, Ids, CallOptions.Within(CallLimit), _stop.Token), _stop.Token);
                Sightings.Answered(server, answer.Entries.Select(entry => entry.Id).ToHashSet());
                answers = true;
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
            {
                if (answers)
                {
                    _site.Events.Record(new FailureSeen($"watch of {server}", Failures.Of(failure).Failure!, Failures.TextOf(failure)));
                }

                answers = false;
            }

            await Task.Delay(LookEvery, _site.Time, _stop.Token);
        }
    }
}
