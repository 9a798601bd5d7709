using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Pods;

/// <summary>Waits until pods are ready, tells what it waits for, and says why when they do not get there.</summary>
internal sealed class PodsReady
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(5), BetweenRepeats = TimeSpan.FromSeconds(30);

    // A pod that takes longer has a reason that the cluster may know.
    private static readonly TimeSpan Unusual = TimeSpan.FromSeconds(20);

    // What no waiting will mend.
    private static readonly string[] Hopeless = ["ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError"];

    private readonly PodWatch _watch;
    private readonly PodTrouble _trouble;
    private readonly TimeProvider _time;
    private readonly IProgress<string> _progress;

    /// <summary>Creates it.</summary>
    /// <param name="watch">The pods.</param>
    /// <param name="kubectl">For the pods' namespace.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told what is being waited for.</param>
    public PodsReady(PodWatch watch, IKubectl kubectl, TimeProvider time, IProgress<string> progress) =>
        (_watch, _trouble, _time, _progress) = (watch, new PodTrouble(kubectl), time, progress);

    /// <summary>Gets whether the stack's SPIRE is the embedded one; where it is not, a missing image of SPIRE's can be done without.</summary>
    /// <value>False by default: SPIRE's official images.</value>
    public bool HasEmbeddedSpire { get; init; }

    /// <summary>Waits for the pods of a role.</summary>
    /// <param name="role">The role.</param>
    /// <param name="count">How many there are to be.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The pods, in the order of their names.</returns>
    /// <exception cref="HarnessException">They are not ready in time; the message has the events and the last log lines of the first that is not.</exception>
    public async Task<IReadOnlyList<PodFacts>> WaitAsync(string role, int count, TimeSpan limit, CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        var next = TimeSpan.Zero;
        var told = (What: string.Empty, At: TimeSpan.Zero);
        while (true)
        {
            var pods = _watch.Pods.Where(pod => pod.Role == role && !pod.IsTerminating).ToArray();
            if (pods.Count(pod => pod.IsReady) >= count)
            {
                return pods;
            }

            var waited = _time.GetElapsedTime(begun);
            if (waited > limit || pods.Any(IsHopeless))
            {
                throw await FailureAsync(role, count, waited, pods, cancellationToken);
            }

            if (waited >= next)
            {
                next = waited + BetweenReports;
                var what = Describe(role, count, pods) + (waited < Unusual ? null : await WhyAsync(role, pods, cancellationToken));
                if (what != told.What || waited - told.At >= BetweenRepeats)
                {
                    told = (what, waited);
                    _progress.Report(what);
                }
            }

            await Task.Delay(Interval, _time, cancellationToken);
        }
    }

    private static bool IsHopeless(PodFacts pod) => pod.Containers.Any(container => Hopeless.Contains(container.Waiting));

    private static string Describe(string role, int count, PodFacts[] pods)
    {
        var late = pods.FirstOrDefault(pod => !pod.IsReady);
        return $"waiting for {role}: {pods.Count(pod => pod.IsReady)} of {count} ready{(late is null ? string.Empty : $"; {late.Name} is {PodTrouble.StateOf(late)}")}";
    }

    private async Task<string?> WhyAsync(string role, PodFacts[] pods, CancellationToken cancellationToken) =>
        await _trouble.FindLastWarningAsync(role, pods.FirstOrDefault(pod => !pod.IsReady), cancellationToken) is { } warning ? $" ({warning})" : null;

    private async Task<HarnessException> FailureAsync(
        string role, int count, TimeSpan waited, PodFacts[] pods, CancellationToken cancellationToken)
    {
        var late = pods.FirstOrDefault(IsHopeless) ?? pods.FirstOrDefault(pod => !pod.IsReady);
        var why = late is not null ? await _trouble.DescribeAsync(late, cancellationToken)
            : _watch.Trouble ?? await _trouble.DescribeNoneAsync(role, cancellationToken);
        return new HarnessException(
            ExitCode.EnvironmentFailed,
            $"{role}: {pods.Count(pod => pod.IsReady)} of {count} ready after {Duration.Format(waited)}.\n{why}",
            late is null ? null : ImageHint.For(late, HasEmbeddedSpire));
    }
}
