using Validation.Core.Scenarios;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.K3s;
using Validation.Environments.Tests.K3s.Kit;

namespace Validation.Environments.Tests.K3s;

public sealed class RequiredImagesTests
{
    [Fact]
    public async Task Up_ImageMissing_SaysWhichAndHowToSupplyItAndChangesNothing()
    {
        var docker = K3sStage.Engine().Fail("image inspect --format={{.Id}} docker.io/rancher/k3s", "No such image");
        var reaping = new K3sStage.Reaping();

        var refusal = await RefusalAsync(docker, reaping);

        refusal.ExitCode.Should().Be(ExitCode.EnvironmentFailed);
        refusal.Message.Should().MatchRegex("no image docker\\.io/rancher/k3s:v1\\.[0-9.]+-k3s[0-9] \\(k3s\\)\\. Nothing was started");
        refusal.Hint.Should().Contain("docker load --input=k3s.tar").And.Contain("--image k3s=k3s.tar").And.Contain("docker pull");
        docker.Writes.Should().BeEmpty();
        reaping.HasBegun.Should().BeFalse();
    }

    [Fact]
    public async Task Up_ImageOfOursMissing_NamesTheScriptThatBuildsIt()
    {
        var docker = K3sStage.Engine().Fail("image inspect --format={{.Id}} validation/harness", "No such image");

        var refusal = await RefusalAsync(docker, new K3sStage.Reaping());

        refusal.Message.Should().Contain("validation/harness:1 (harness)").And.NotContain("postgres-ha");
        refusal.Hint.Should().Contain("environments/images/build.sh harness").And.NotContain("--embedded-spire");
    }

    [Fact]
    public async Task Up_AnImageThatK3sItselfNeedsMissing_SaysWhichAndThatOneArchiveHasThemAll()
    {
        var docker = K3sStage.Engine().Fail("image inspect --format={{.Id}} docker.io/rancher/mirrored-coredns", "No such image");

        var refusal = await RefusalAsync(docker, new K3sStage.Reaping());

        refusal.Message.Should().MatchRegex(@"no image docker\.io/rancher/mirrored-coredns-coredns:[0-9.]+ \(coredns\)\. Nothing was started");
        refusal.Hint.Should().Contain("--image coredns=coredns.tar").And.Contain("--image k3s-system=FILE").And.Contain("docker pull");
        docker.Writes.Should().BeEmpty();
    }

    [Fact]
    public async Task Images_ThatK3sItselfNeeds_ComeFirstUnlessAFileHasThem()
    {
        var docker = K3sStage.Engine();
        var fromEngine = new RequiredImages(docker, K3sStage.Options);
        var fromFile = new RequiredImages(docker, K3sStage.Options with { ImageFiles = new Dictionary<string, FileInfo> { [K3sOptions.SystemImages] = new("/srv/airgap.tar.zst") } });
        docker.Fail("image inspect --format={{.Id}} docker.io/rancher/mirrored", "No such image");

        fromEngine.Portions.First().Select(image => image.Name).Should().Equal("pause", "coredns");
        fromFile.Portions.Should().ContainSingle().Which.Should().NotContain(image => image.Name == "pause");
        (await fromEngine.FindMissingAsync(CancellationToken.None)).Should().HaveCount(2);
        (await fromFile.FindMissingAsync(CancellationToken.None)).Should().BeEmpty();
    }

    [Fact]
    public async Task Up_AnImageOfSpiresMissing_SaysThatTheEmbeddedSpireNeedsNone()
    {
        var docker = K3sStage.Engine().Answer("image inspect", command => new ToolAnswer(command.Arguments[^1].Contains("/spire-", StringComparison.Ordinal) ? 1 : 0, string.Empty, string.Empty));

        var official = await RefusalAsync(docker, new K3sStage.Reaping());
        var embedded = await new RequiredImages(docker, K3sStage.Options with { HasEmbeddedSpire = true }).FindMissingAsync(CancellationToken.None);

        official.Message.Should().Contain("(spire-server), ").And.Contain("(spire-agent)");
        official.Hint.Should().Contain("--image spire-server=spire-server.tar").And.Contain("--embedded-spire");
        embedded.Should().BeEmpty();
    }

    [Fact]
    public async Task Up_NoEngineAnswers_SaysSoInDockersWordsAndChangesNothing()
    {
        var docker = K3sStage.Engine().Fail("version", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.");

        var refusal = await RefusalAsync(docker, new K3sStage.Reaping());

        refusal.ExitCode.Should().Be(ExitCode.EnvironmentFailed);
        refusal.Message.Should().Be("No Docker engine answers. Cannot connect to the Docker daemon at unix:///var/run/docker.sock.");
        docker.Writes.Should().BeEmpty();
    }

    [Fact]
    public void ImageFile_OfAnUnknownName_IsRefusedWithTheNearestOne()
    {
        var options = K3sStage.Options with { ImageFiles = new Dictionary<string, FileInfo> { ["harnes"] = new("/tmp/x.tar") } };

        var make = () => new RequiredImages(K3sStage.Engine(), options);

        make.Should().Throw<HarnessException>().WithMessage("--image harnes: no such image is needed.*harness*")
            .Which.Hint.Should().Be("Allowed is k3s, pause, coredns, postgres-ha, harness, spire-server, spire-agent, k3s-system.");
    }

    [Theory]
    [InlineData("k3s", "*has the form NAME=FILE*")]
    [InlineData("k3s=/no/such/file.tar", "--image k3s: there is no file '/no/such/file.tar'.")]
    public void ImageFile_OfAnotherForm_IsRefused(string text, string message)
    {
        var parse = () => K3sOptions.ParseImageFile(text);

        parse.Should().Throw<HarnessException>().WithMessage(message).Which.ExitCode.Should().Be(ExitCode.InvalidInput);
    }

    [Fact]
    public async Task Ensure_FilesThatWereNamed_AreLoadedBeforeTheEngineIsAsked()
    {
        var docker = K3sStage.Engine().Answer("load", "Loaded image\n");
        var options = K3sStage.Options with { ImageFiles = new Dictionary<string, FileInfo> { ["harness"] = new("/images/harness.tar") } };

        await new RequiredImages(docker, options).EnsureAsync(new Progress<string>(), CancellationToken.None);

        docker.Lines.First().Should().Be("docker load --input=/images/harness.tar");
    }

    private static async Task<HarnessException> RefusalAsync(RecordingDocker docker, K3sStage.Reaping reaping)
    {
        var up = () => K3sStage.Environment(docker, reaping)
            .UpAsync(StackSpec.Default, new DirectoryInfo("/nowhere"), new Progress<string>(), CancellationToken.None);
        return (await up.Should().ThrowAsync<HarnessException>()).Which;
    }
}
