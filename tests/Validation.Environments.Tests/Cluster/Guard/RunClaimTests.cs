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

    [Fact]
    public async Task Claim_OfTheNamespaceThatAnotherRunHasCreatedAMomentBefore_IsRefusedWithItsName()
    {
        _kubectl.Fail("create", "Error from server (AlreadyExists): configmaps \"harness\" already exists").Answer("get configmap harness", Claim("5"));

        var act = () => TakeAsync(dead: null);

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("namespace 'spire-validation' is being used by run run-3, which lives; nothing was changed.");
    }

    [Fact]
    public async Task Claim_ThatTheApiServerRefuses_IsNotTakenForAnothersRun()
    {
        _kubectl.Fail("create", "Error from server (Forbidden): configmaps is forbidden").Answer("get configmap harness", string.Empty);

        var act = () => TakeAsync(dead: null);

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("*is forbidden*");
    }

    [Fact]
    public async Task Claim_WhoseAnswerWasLost_IsKnownAsItsOwn()
    {
        _kubectl.Fail("create", "net/http: TLS handshake timeout").Answer("get configmap harness", """{ "metadata": { "labels": { "validation/run": "run-4" } } }""");

        await using var claim = await TakeAsync(dead: null);

        (await claim.IsHeldAsync(CancellationToken.None)).Should().BeTrue();
    }

    [Fact]
    public async Task Claim_OfADeadRun_IsTakenOverInTheVersionThatWasSeen()
    {
        _kubectl.Answer("patch configmap harness", string.Empty);

        await using var claim = await TakeAsync(new SeenClaim("run-3", "1000", "77"));

        _kubectl.Writes.Single().Arguments[^1].Should().Contain("\"resourceVersion\":\"77\"").And.Contain("\"validation/run\":\"run-4\"");
    }

    [Theory]
    [InlineData("run-3", false)]
    [InlineData("run-4", true)]
    [InlineData(null, true)]
    public async Task Claim_IsHeld_AsLongAsNoOtherRunHasIt(string? run, bool expected)
    {
        _kubectl.Answer("create", string.Empty)
            .Answer("get configmap harness", run is null ? string.Empty : $$"""{ "metadata": { "labels": { "validation/run": "{{run}}" } } }""");

        await using var claim = await TakeAsync(dead: null);

        (await claim.IsHeldAsync(CancellationToken.None)).Should().Be(expected);
    }

    private static string Claim(string sign) =>
        $$"""{ "metadata": { "labels": { "validation/run": "run-3" }, "annotations": { "validation/alive": "{{sign}}" } } }""";

    private Task<RunClaim> TakeAsync(SeenClaim? dead) => RunClaim.TakeAsync(_kubectl, "run-4", dead, TimeProvider.System, CancellationToken.None);

    private Task RequireFreeAsync() => RunClaim.RequireFreeAsync(_kubectl, new Lines(_progress), TimeProvider.System, CancellationToken.None);

    private sealed class Lines(List<string> lines) : IProgress<string>
    {
        public void Report(string value) => lines.Add(value);
    }
}
