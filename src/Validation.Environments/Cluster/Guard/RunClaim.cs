using System.Globalization;
using System.Text.Json.Nodes;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Guard;

/// <summary>
/// Says that a run is using the namespace, so that no other one takes its stack for remains and deletes it: a
/// ConfigMap with a sign of life that is renewed as long as the harness lives.
/// </summary>
/// <remarks>
/// It is created, or taken over from a run that is dead, in one write that the API server refuses to all but one, and before
/// anything else is changed. Whoever lost it, because a run that was frozen for long is taken for dead, finds that out before it deletes.
/// </remarks>
internal sealed class RunClaim : IAsyncDisposable
{
    /// <summary>The name of the ConfigMap.</summary>
    public const string Name = "harness";

    private const string SignOfLife = "validation/alive";

    // Each sign is a kubectl that starts beside the load.
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(10);

    // Three signs that did not come. Seen by whether it changes, so the clocks of two machines need not agree.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    // Nobody's clock is that wrong, and nobody should have to wait for what is this old.
    private static readonly TimeSpan LongAgo = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly string _run;
    private readonly IKubectl _kubectl;
    private readonly TimeProvider _time;
    private readonly Task _renewing;

    private RunClaim(IKubectl kubectl, string run, TimeProvider time)
    {
        (_kubectl, _run, _time) = (kubectl, run, time);
        _renewing = RenewAsync(_stop.Token);
    }

    /// <summary>Waits until it is certain that no other run is using the namespace.</summary>
    /// <param name="kubectl">For the stack's namespace.</param>
    /// <param name="progress">Told what is being waited for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The claim of a run that is dead; null when there is none.</returns>
    /// <exception cref="HarnessException">Another run is using it.</exception>
    public static async Task<SeenClaim?> RequireFreeAsync(IKubectl kubectl, IProgress<string> progress, TimeProvider time, CancellationToken cancellationToken)
    {
        var first = await ReadAsync(kubectl, cancellationToken);
        if (first is null || IsLongAgo(first, time))
        {
            return first;
        }

        progress.Report($"looking for {Duration.Format(Silence)} whether run {first.Run} still lives");
        var begun = time.GetTimestamp();
        while (time.GetElapsedTime(begun) < Silence)
        {
            await Task.Delay(LookInterval, time, cancellationToken);
            var now = await ReadAsync(kubectl, cancellationToken);
            if (now is null)
            {
                return null;
            }

            if (now != first)
            {
                throw Taken(kubectl, now);
            }
        }

        return first;
    }

    /// <summary>Returns the claim of a run that may live; null when there is none, or when it is long dead.</summary>
    /// <param name="kubectl">For the stack's namespace.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public static async Task<SeenClaim?> FindMaybeLivingAsync(IKubectl kubectl, TimeProvider time, CancellationToken cancellationToken) =>
        await ReadAsync(kubectl, cancellationToken) is { } claim && !IsLongAgo(claim, time) ? claim : null;

    /// <summary>Claims the namespace, for one of those who try.</summary>
    /// <param name="kubectl">For the stack's namespace, which exists.</param>
    /// <param name="run">The run.</param>
    /// <param name="dead">What <see cref="RequireFreeAsync"/> returned.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">Another run was quicker, or the API server refused.</exception>
    public static async Task<RunClaim> TakeAsync(IKubectl kubectl, string run, SeenClaim? dead, TimeProvider time, CancellationToken cancellationToken)
    {
        var command = dead is null ? Create(kubectl, run, time) : TakeOver(run, dead, time);
        // Once handed over it is brought to its end: nobody would delete a claim that is not known to be there.
        cancellationToken.ThrowIfCancellationRequested();
        var answer = await kubectl.RunAsync(command, CancellationToken.None);
        var now = answer.Succeeded ? null : await ReadAsync(kubectl, CancellationToken.None);
        return answer.Succeeded || now?.Run == run ? new RunClaim(kubectl, run, time)
            : throw (now is not null && now != dead ? Taken(kubectl, now) : KubectlExtensions.Failure(command, answer));
    }

    /// <summary>Returns whether no other run has claimed the namespace since.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">The API server did not answer.</exception>
    public async Task<bool> IsHeldAsync(CancellationToken cancellationToken) =>
        await ReadAsync(_kubectl, cancellationToken) is not { } now || now.Run == _run;

    /// <inheritdoc/>
    /// <remarks>The claim itself is deleted with the rest of the stack.</remarks>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _renewing;
        _stop.Dispose();
    }

    /// <summary>Refuses to go on where another run has claimed the namespace since: what is in it is that run's.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">Another run has it, or the API server did not answer.</exception>
    public async Task RequireHeldAsync(CancellationToken cancellationToken)
    {
        if (!await IsHeldAsync(cancellationToken))
        {
            throw new HarnessException(
                ExitCode.LeftUnclean,
                $"namespace '{_kubectl.Target.Namespace}' was claimed by another run, because this one gave no sign of life; nothing in it was deleted.");
        }
    }

    /// <summary>Returns the commands by which a namespace is claimed: where nobody has, and from a run that is dead.</summary>
    public static IReadOnlyList<KubectlCommand> Commands { get; } =
        [new(CreateWords, Writes: true), KubectlCommand.Write("patch", "configmap", Name, "--type=merge", "-p", "CLAIM-OF-THE-VERSION-THAT-WAS-SEEN")];

    // What is right about so small an object kubectl need not ask the cluster.
    private static string[] CreateWords => ["create", "--validate=false", "-f", "-"];

    private static KubectlCommand Create(IKubectl kubectl, string run, TimeProvider time)
    {
        var claim = Claim(run, time);
        claim["apiVersion"] = "v1";
        claim["kind"] = "ConfigMap";
        claim["metadata"]!["name"] = Name;
        claim["metadata"]!["namespace"] = kubectl.Target.Namespace;
        return new KubectlCommand(CreateWords, claim.ToJsonString(), Writes: true);
    }

    // With the version that was seen, the API server refuses it when anybody has written since.
    private static KubectlCommand TakeOver(string run, SeenClaim dead, TimeProvider time)
    {
        var claim = Claim(run, time);
        claim["metadata"]!["resourceVersion"] = dead.Version;
        return KubectlCommand.Write("patch", "configmap", Name, "--type=merge", "-p", claim.ToJsonString());
    }

    private static JsonObject Claim(string run, TimeProvider time) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["labels"] = new JsonObject { [ClusterNames.PartOfLabel] = ClusterNames.PartOf, [ClusterNames.RunLabel] = run },
            ["annotations"] = new JsonObject { [SignOfLife] = Now(time) },
        },
    };

    // Written only while it is this run's.
    private KubectlCommand Renew()
    {
        var isOurs = new JsonObject { ["op"] = "test", ["path"] = $"/metadata/labels/{ClusterNames.RunLabel.Replace("/", "~1", StringComparison.Ordinal)}", ["value"] = _run };
        var sign = new JsonObject { ["op"] = "add", ["path"] = $"/metadata/annotations/{SignOfLife.Replace("/", "~1", StringComparison.Ordinal)}", ["value"] = Now(_time) };
        return KubectlCommand.Write("patch", "configmap", Name, "--type=json", "-p", new JsonArray(isOurs, sign).ToJsonString());
    }

    private static HarnessException Taken(IKubectl kubectl, SeenClaim claim) => new(
        ExitCode.EnvironmentFailed,
        $"namespace '{kubectl.Target.Namespace}' is being used by run {claim.Run}, which lives; nothing was changed.",
        "Wait for it to end, or choose another namespace.");

    private static async Task<SeenClaim?> ReadAsync(IKubectl kubectl, CancellationToken cancellationToken)
    {
        if (await kubectl.FindAsync("configmap", Name, cancellationToken) is not { } found)
        {
            return null;
        }

        var metadata = PodFacts.Get(found, "metadata");
        return new SeenClaim(
            PodFacts.Text(PodFacts.Get(metadata, "labels"), ClusterNames.RunLabel) ?? "unknown",
            PodFacts.Text(PodFacts.Get(metadata, "annotations"), SignOfLife) ?? string.Empty,
            KubectlExtensions.VersionOf(found));
    }

    private static bool IsLongAgo(SeenClaim claim, TimeProvider time) =>
        !long.TryParse(claim.Sign, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        || (time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > LongAgo;

    private static string Now(TimeProvider time) => time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Renewal, _time, cancellationToken);
                try
                {
                    // An API server that is away for a moment is what faults are made of; the next sign makes up for it.
                    await _kubectl.RunAsync(Renew(), cancellationToken);
                }
                catch (HarnessException)
                {
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

}

/// <summary>A claim as it was seen.</summary>
/// <param name="Run">Whose it is.</param>
/// <param name="Sign">Its last sign of life.</param>
/// <param name="Version">The version of the object.</param>
internal sealed record SeenClaim(string Run, string Sign, string Version);
