namespace Validation.Environments.K3s;

/// <summary>What there is of the harness on the engine, of processes that are not known to run.</summary>
/// <remarks>
/// Several may share one engine without seeing each other: jobs in containers that got its socket, machines that got its
/// address. So what is of another PID namespace or boot is removed only when all its containers have ended. Where some of them
/// run, wait to be started or are not made yet, it may be a run that goes on, or one that is just beginning.
/// </remarks>
/// <param name="Removable">What nobody uses any more.</param>
/// <param name="MaybeUsed">What another harness may be using.</param>
internal sealed record Leftovers(IReadOnlyList<Leftover> Removable, IReadOnlyList<Leftover> MaybeUsed)
{
    /// <summary>Sorts what was found.</summary>
    /// <param name="found">Everything of any harness.</param>
    /// <param name="lifeOf">Tells of a <see cref="HarnessMark"/> whether its process still runs.</param>
    public static Leftovers Of(IEnumerable<Leftover> found, Func<string, HarnessLife> lifeOf)
    {
        var others = found.GroupBy(one => one.Mark)
            .Select(group => (Everything: group.ToArray(), Life: lifeOf(group.Key)))
            .Where(group => group.Life != HarnessLife.Runs)
            .ToLookup(group => group.Life == HarnessLife.Ended || HaveAllEnded(group.Everything), group => group.Everything);
        return new Leftovers(ContainersFirst(others[true]), ContainersFirst(others[false]));
    }

    /// <summary>Returns what is said of what is left alone, and what to do about it; null when there is nothing.</summary>
    public string? Remark() => MaybeUsed.Count == 0 ? null
        : $"leaving alone what another harness may be using, of another PID namespace or boot: {string.Join(", ", MaybeUsed)}. If it has ended: {string.Join(" && ", K3sRecovery.Removals(MaybeUsed))}";

    private static bool HaveAllEnded(IReadOnlyCollection<Leftover> ofOne)
    {
        var containers = ofOne.Where(one => one.Kind == Leftover.Container).ToArray();
        return containers.Length > 0 && containers.All(container => container.HasEnded);
    }

    // A network cannot be removed before the containers in it.
    private static Leftover[] ContainersFirst(IEnumerable<Leftover[]> groups) => [.. groups.SelectMany(group => group).OrderBy(one => one.Kind != Leftover.Container)];
}
