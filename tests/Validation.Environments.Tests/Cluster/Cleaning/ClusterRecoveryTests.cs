using Validation.Environments.Cluster.Cleaning;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster.Cleaning;

/// <summary>What a dead run has left is deleted while nobody else can begin.</summary>
public sealed class ClusterRecoveryTests
{
    private readonly RecordingKubectl _kubectl = new();
    private string _namespace = """{ "metadata": { "labels": { "validation/harness": "true" } } }""";
    private bool _isThere = true;

    public ClusterRecoveryTests() => _kubectl
        .Answer("get", string.Empty)
        .Answer("get namespace spire-validation --", _ => new(0, _namespace, string.Empty))
        .Answer("get statefulsets", _ => new(0, _isThere ? "statefulset.apps/postgres\n" : string.Empty, string.Empty))
        .Answer("create", string.Empty)
        .Answer("delete", string.Empty)
        .Answer("delete configmaps --selector=app.kubernetes.io/part-of=validation,validation/run --ignore-not-found", command =>
        {
            _isThere &= !command.Arguments.Contains("--field-selector=metadata.name=harness");
            return new(0, string.Empty, string.Empty);
        });

    [Fact]
    public async Task Recover_RemainsOfADeadRun_AreDeletedUnderAClaimThatGoesLast()
    {
        (await RunAsync()).Should().Equal("statefulset.apps/postgres in spire-validation");

        var writes = _kubectl.Writes.Select(command => string.Join(' ', command.Arguments)).ToArray();
        writes[0].Should().StartWith("create");
        writes[^1].Should().StartWith("delete configmaps").And.Contain("--field-selector=metadata.name=harness");
        (await RunAsync()).Should().BeEmpty("a second call has nothing to do");
    }

    [Fact]
    public async Task Recover_ANamespaceThatIsBeingDeleted_NeedsNoClaim()
    {
        _namespace = """{ "metadata": { "deletionTimestamp": "2026-11-22T10:00:00Z", "labels": { "validation/harness": "true" } } }""";

        (await RunAsync()).Should().NotBeEmpty();

        _kubectl.Lines.Should().NotContain(line => line.Contains(": create"));
    }

    private Task<IReadOnlyList<string>> RunAsync() => new ClusterRecovery(_kubectl, TimeProvider.System).RunAsync(new Progress<string>(), CancellationToken.None);
}
