using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Environments.Cluster;

/// <summary>An environment whose stacks live in a cluster, and outlive the harness when it is killed.</summary>
public interface IClusterEnvironment : IEnvironment
{
    /// <summary>Looks for a stack that is there already, before it is described. Only reads.</summary>
    /// <remarks>Does nothing by default: a stack that the harness deploys is known before it exists.</remarks>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <exception cref="HarnessException">The harness may not act there, or there is no such stack.</exception>
    Task FindAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Does all reads and no writes, and tells which commands a run would use.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<ClusterPlan> ExplainAsync(Scenario scenario, Plan plan, CancellationToken cancellationToken);

    /// <summary>Deletes and undoes whatever runs have left, by the harness' labels.</summary>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="cancellationToken">Ends it; what is left can be deleted by another call.</param>
    /// <returns>What was found; empty when there was nothing to do.</returns>
    /// <exception cref="HarnessException">The harness may not act there, or something is still there.</exception>
    Task<IReadOnlyList<string>> RecoverAsync(IProgress<string> progress, CancellationToken cancellationToken);

    /// <summary>Brings a stack up that stays when the harness ends, until <see cref="RecoverAsync"/>.</summary>
    /// <param name="stack">Which stack.</param>
    /// <param name="logs">The folder for logs, should it fail; exists.</param>
    /// <param name="progress">Told what is being waited for.</param>
    /// <param name="cancellationToken">Ends the attempt and takes down what was started.</param>
    /// <returns>The nodes and the pods that they are.</returns>
    Task<IReadOnlyList<string>> UpAndLeaveAsync(StackSpec stack, DirectoryInfo logs, IProgress<string> progress, CancellationToken cancellationToken);
}
