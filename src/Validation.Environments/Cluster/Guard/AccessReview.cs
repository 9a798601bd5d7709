using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Guard;

/// <summary>Asks the API server what the user of the kubeconfig may do, by <c>kubectl auth can-i</c>.</summary>
internal sealed class AccessReview
{
    // Each question is a process and a connection of its own.
    private const int AtOnce = 4;

    private const string Forbidden = "Error from server (Forbidden)";

    private readonly IKubectl _kubectl;

    /// <summary>Creates the review.</summary>
    /// <param name="kubectl">For the stack's namespace.</param>
    public AccessReview(IKubectl kubectl) => _kubectl = kubectl;

    /// <summary>Looks at something. Where the API server forbids that, everything that is missing is named, and not only what was asked first.</summary>
    /// <param name="rights">The rights that are needed in all.</param>
    /// <param name="look">The looking.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">A right is missing; all that are missing are in the message.</exception>
    public async Task<T> WhileAsync<T>(IReadOnlyCollection<AccessRight> rights, Func<Task<T>> look, CancellationToken cancellationToken)
    {
        try
        {
            return await look();
        }
        catch (HarnessException trouble) when (trouble.Message.Contains(Forbidden, StringComparison.Ordinal))
        {
            await RequireAsync(rights, cancellationToken);

            // Something that is not among the rights; the API server's own words name it.
            throw;
        }
    }

    /// <summary>Asks for every right.</summary>
    /// <param name="rights">The rights.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">One of them is missing; all that are missing are in the message.</exception>
    public Task RequireAsync(IEnumerable<AccessRight> rights, CancellationToken cancellationToken) =>
        RequireAsync(_kubectl, [(_kubectl.Target.Namespace, rights)], cancellationToken);

    /// <summary>Asks for rights in several namespaces.</summary>
    /// <param name="kubectl">For any namespace.</param>
    /// <param name="rights">The rights, by the namespace of the stack that they are about.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">One of them is missing; all that are missing are in the message.</exception>
    public static async Task RequireAsync(
        IKubectl kubectl, IEnumerable<(string Namespace, IEnumerable<AccessRight> Rights)> rights, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        foreach (var (place, needed) in rights)
        {
            missing.AddRange(await new AccessReview(kubectl.InNamespace(place)).FindMissingAsync(needed, cancellationToken));
        }

        if (missing.Count > 0)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"context '{kubectl.Target.Context}' may not: {string.Join("; ", missing.Distinct())}. Nothing was changed.",
                "environments/kubernetes/admin has the roles that a cluster administrator gives to the harness' user.");
        }
    }

    /// <summary>Asks for one right.</summary>
    /// <param name="right">The right.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<bool> MayAsync(AccessRight right, CancellationToken cancellationToken)
    {
        var answer = await _kubectl.InNamespace(right.NamespaceFor(_kubectl.Target.Namespace)).RunAsync(right.Question, cancellationToken);
        // "no" is exit code 1 without a word; anything else went wrong and is no answer.
        return answer.Succeeded ? true
            : answer.ExitCode == 1 && !answer.Errors.Contains("error", StringComparison.OrdinalIgnoreCase) ? false
            : throw KubectlExtensions.Failure(right.Question, answer);
    }

    private async Task<IReadOnlyList<string>> FindMissingAsync(IEnumerable<AccessRight> rights, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        foreach (var some in rights.Distinct().Chunk(AtOnce))
        {
            var answers = await Task.WhenAll(some.Select(async right => (Right: right, IsGiven: await MayAsync(right, cancellationToken))));
            missing.AddRange(answers.Where(answer => !answer.IsGiven).Select(answer => Describe(answer.Right)));
        }

        return missing;
    }

    private string Describe(AccessRight right) => right.NamespaceFor(_kubectl.Target.Namespace) is { Length: > 0 } place
        ? $"{right.Verb} {right.Resource} in {place}"
        : $"{right.Verb} {right.Resource}";
}
