namespace Validation.Core.Stacks;

/// <summary>A stack whose load balancer takes orders about its back ends.</summary>
public interface IBalancerControl
{
    /// <summary>Tells the load balancer that a back end is down. It believes so until its own next check says otherwise.</summary>
    /// <param name="backEnd">The node.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">The load balancer does not answer, or has no such back end.</exception>
    Task ReportDownAsync(INode backEnd, CancellationToken cancellationToken);

    /// <summary>Asks the load balancer about a back end.</summary>
    /// <param name="backEnd">The node.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">The load balancer does not answer, or has no such back end.</exception>
    Task<BackEndState> ReadBackEndAsync(INode backEnd, CancellationToken cancellationToken);

    /// <summary>Has the load balancer send each client address to the SPIRE server that it was first sent to.</summary>
    /// <param name="lease">The load balancer ends it by its own clock after this time, in whole seconds; zero ends it at once.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">The load balancer does not answer, or does not know how.</exception>
    Task HoldAffinityAsync(TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Opens connections from one address through the load balancer, all at once, and closes them again.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The SPIRE server that each was sent to; of one that was sent nowhere there is none.</returns>
    /// <exception cref="HarnessException">The load balancer does not answer.</exception>
    Task<IReadOnlyList<string>> TryConnectionsAsync(int count, CancellationToken cancellationToken);
}

/// <summary>A back end as its load balancer sees it.</summary>
/// <param name="IsUp">Whether it gets new connections.</param>
/// <param name="TimesDown">How often it went down since the load balancer was started.</param>
public sealed record BackEndState(bool IsUp, long TimesDown);
