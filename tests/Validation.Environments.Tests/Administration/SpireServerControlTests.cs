using System.Net;
using Spire.Wire.Grpc.Client;
using Validation.Core.Stacks;
using Validation.Environments.Administration;
using Validation.Environments.Tests.Kit;
using Validation.TestKit;

namespace Validation.Environments.Tests.Administration;

public sealed class SpireServerControlTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("validation-control-");

    private string Socket => Path.Combine(_folder.FullName, "api.sock");

    [Fact]
    public async Task Control_AServerThatRefuses_SaysWhichAndWhat()
    {
        await using var server = await MiniatureServer.StartAsync(Socket, () => null);

        await Control().Invoking(control => control.ReadBundleAsync(AuthorityKind.X509, CancellationToken.None))
            .Should().ThrowAsync<HarnessException>().WithMessage("spire-server-1: GetBundle failed: *");
    }

    [Fact]
    public async Task Control_ACallThatTheServerDoesNotKnow_IsNoAgentThatIsNotThere()
    {
        await using var server = await MiniatureServer.StartAsync(Socket, () => null);

        await Control().Invoking(control => control.FindAgentAsync("spiffe://fake.test/spire/agent/a", CancellationToken.None))
            .Should().ThrowAsync<HarnessException>().WithMessage("spire-server-1: GetAgent failed: *");
    }

    [Fact]
    public async Task Control_ASocketWhereNobodyListens_SaysSo() => await Control()
        .Invoking(control => control.BanAgentAsync("spiffe://fake.test/spire/agent/a", CancellationToken.None))
        .Should().ThrowAsync<HarnessException>().WithMessage("spire-server-1: BanAgent failed: *");

    public void Dispose() => _folder.Delete(recursive: true);

    private SpireServerControl Control() => new(
        new SpireServerAccess(new FakeNode("spire-server-1", Roles.SpireServer), new IPEndPoint(IPAddress.Loopback, 8081), Dialer.Unix(Socket)), "fake.test");
}
