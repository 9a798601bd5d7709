using EmbeddedSpire.Agent.Connection;

namespace EmbeddedSpire.Agent.Syncing;

/// <summary>What the server means by refusing this agent.</summary>
internal static class Denials
{
    /// <summary>Tells whether the agent has to attest again before it is served.</summary>
    public static bool MeansReattest(this Exception failure) => CallIn(failure) is { MustReattest: true };

    /// <summary>Tells whether the agent is banned.</summary>
    public static bool MeansBanned(this Exception failure) => CallIn(failure) is { IsBanned: true };

    private static ServerCallException? CallIn(Exception? failure)
    {
        while (failure is not null and not ServerCallException)
        {
            failure = failure.InnerException;
        }

        return failure as ServerCallException;
    }
}
