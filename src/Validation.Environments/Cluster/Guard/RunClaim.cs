using System.Globalization;
using System.Text.Json.Nodes;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Guard;

/// <summary>
/// Says that a run is using the namespace, so that no other one takes its stack for remains and deletes it: a
/// ConfigMap with a sign of life that is renewed as long as the harness lives.
/// </summary>
internal sealed class RunClaim : IAsyncDisposable
{
    private const string Name = "harness";
    private const string SignOfLife = "validation/alive";

    // Each sign is a kubectl that starts beside the load.
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(10);

    // Three signs that did not come. Seen by whether it changes, so the clocks of two machines need not agree.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    // Nobody's clock is that wrong, and nobody should have to wait for what is this old.
    private static readonly TimeSpan LongAgo = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly IKubectl _kubectl;
    private readonly TimeProvider _time;
    private readonly Task _renewing;

    private RunClaim(IKubectl kubectl, TimeProvider time)
    {
        (_kubectl, _time) = (kubectl, time);
        _renewing = RenewAsync(_stop.Token);
    }

    /// <summary>Waits until it is certain that no other run is using the namespace.</summary>
    /// <param name="kubectl">For the stack's namespace.</param>
    /// <param name="progress">Told what is being waited for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">Another run is using it.</exception>
    public static async Task RequireFreeAsync(IKubectl kubectl, IProgress<string> progress, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await ReadAsync(kubectl, cancellationToken) is not { } first || IsLongAgo(first, time))
        {
            return;
        }

        progress.Report($"looking for {Duration.Format(Silence)} whether run {first.Run} still lives");
        var begun = time.GetTimestamp();
        while (time.GetElapsedTime(begun) < Silence)
        {
            await Task.Delay(LookInterval, time, cancellationToken);
            var now = await ReadAsync(kubectl, cancellationToken);
            if (now is null)
            {
                return;
            }

            if (now != first)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed,
                    $"namespace '{kubectl.Target.Namespace}' is being used by run {now.Run}, which lives; nothing was changed.",
                    "Wait for it to end, or choose another namespace.");
            }
        }
    }

    /// <summary>Claims the namespace.</summary>
    /// <param name="kubectl">For the stack's namespace, which exists.</param>
    /// <param name="deployment">The run.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<RunClaim> TakeAsync(
        IKubectl kubectl, ClusterDeployment deployment, TimeProvider time, CancellationToken cancellationToken)
    {
        var claim = new ManifestSet(
        [
            new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ConfigMap",
                ["metadata"] = new JsonObject
                {
                    ["name"] = Name,
                    ["namespace"] = deployment.Namespace,
                    ["labels"] = new JsonObject { [ClusterNames.PartOfLabel] = ClusterNames.PartOf, [ClusterNames.RunLabel] = deployment.Run },
                    ["annotations"] = new JsonObject { [SignOfLife] = Now(time) },
                },
            },
        ]);
        await kubectl.InNamespace(string.Empty).RequireAsync(ClusterCommands.ApplyAll(claim), cancellationToken);
        return new RunClaim(kubectl, time);
    }

    /// <inheritdoc/>
    /// <remarks>The claim itself is deleted with the rest of the stack.</remarks>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _renewing;
        _stop.Dispose();
    }

    private static async Task<Claim?> ReadAsync(IKubectl kubectl, CancellationToken cancellationToken)
    {
        if (await kubectl.FindAsync("configmap", Name, cancellationToken) is not { } found)
        {
            return null;
        }

        var metadata = PodFacts.Get(found, "metadata");
        return new Claim(
            PodFacts.Text(PodFacts.Get(metadata, "labels"), ClusterNames.RunLabel) ?? "unknown",
            PodFacts.Text(PodFacts.Get(metadata, "annotations"), SignOfLife) ?? string.Empty);
    }

    private static bool IsLongAgo(Claim claim, TimeProvider time) =>
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
                    await _kubectl.RunAsync(KubectlCommand.Write("annotate", "configmap", Name, $"{SignOfLife}={Now(_time)}", "--overwrite"), cancellationToken);
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

    private sealed record Claim(string Run, string Sign);
}
