using Validation.Environments.Cluster.Guard;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster.Guard;

public sealed class RunClaimTests
{
    private readonly RecordingKubectl _kubectl = new();
    private readonly List<string> _progress = [];

    [Fact]
    public async Task Namespace_WithoutAClaim_IsFree()
    {
        _kubectl.Answer("get configmap harness", string.Empty);

        await RequireFreeAsync();

        _progress.Should().BeEmpty();
    }

    [Fact]
    public async Task Namespace_WithAClaimOfYesterday_IsFreeAtOnce()
    {
        _kubectl.Answer("get configmap harness", Claim("1000"));

        await RequireFreeAsync();

        _progress.Should().BeEmpty();
    }

    [Fact]
    public async Task Namespace_WhoseClaimIsRenewed_IsRefused()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        _kubectl.Answer("get configmap harness", _ => new(0, Claim($"{now++}"), string.Empty));

        var act = RequireFreeAsync;

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("namespace 'spire-validation' is being used by run run-3, which lives; nothing was changed.")
            .Which.ExitCode.Should().Be(ExitCode.EnvironmentFailed);
        _kubectl.Writes.Should().BeEmpty();
    }

    private static string Claim(string sign) =>
        $$"""{ "metadata": { "labels": { "validation/run": "run-3" }, "annotations": { "validation/alive": "{{sign}}" } } }""";

    private Task RequireFreeAsync() => RunClaim.RequireFreeAsync(_kubectl, new Lines(_progress), TimeProvider.System, CancellationToken.None);

    private sealed class Lines(List<string> lines) : IProgress<string>
    {
        public void Report(string value) => lines.Add(value);
    }
}
