using Validation.Core.Stacks;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster.Pods;

public sealed class ImageHintTests
{
    [Theory]
    [InlineData("ErrImagePull")]
    [InlineData("ImagePullBackOff")]
    public void OfficialImageThatCannotBePulled_CanBeDoneWithout(string waiting)
    {
        ImageHint.For(Pod(Roles.SpireServer, waiting), hasEmbeddedSpire: false).Should().Contain("'images'").And.Contain("'spire: embedded'").And.Contain("--embedded-spire");
    }

    [Theory]
    [InlineData(Roles.SpireServer, true)]
    [InlineData(Roles.Postgres, false)]
    public void AnyOtherImage_HasToBeSupplied(string role, bool hasEmbeddedSpire)
    {
        ImageHint.For(Pod(role, "ErrImagePull"), hasEmbeddedSpire).Should().Contain("'images'").And.NotContain("embedded");
    }

    [Fact]
    public void PodThatWaitsForSomethingElse_HasNoHint()
    {
        ImageHint.For(Pod(Roles.SpireServer, "CrashLoopBackOff"), hasEmbeddedSpire: false).Should().BeNull();
    }

    private static PodFacts Pod(string role, string waiting) => new PodJson($"{role}-1", role) { IsReady = false, IsRunning = false, Waiting = waiting }.Facts();
}
