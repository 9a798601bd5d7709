using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Nodes;

/// <summary>When SPIRE's programs are restarted because they say that they do not live.</summary>
internal static class SpireLiveness
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Returns the liveness probe of SPIRE's Helm chart: asked every 60 s from 15 s on, restarted at the second failure.
    /// </summary>
    /// <remarks>SPIRE's server without its database is not live either, so a long outage restarts all servers.</remarks>
    /// <param name="place">The node.</param>
    /// <param name="port">The port of its health listener.</param>
    public static LivenessProbe For(NodePlace place, int port) => new(
        new HttpProbe(place.Address, port, "/live", AnswerLimit), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(60), 2);
}
