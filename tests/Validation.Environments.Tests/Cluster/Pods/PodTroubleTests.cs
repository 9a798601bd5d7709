using Validation.Environments.Cluster.Pods;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster.Pods;

public sealed class PodTroubleTests
{
    private const string Events = "get events --field-selector=reason=FailedCreate";

    private readonly RecordingKubectl _kubectl = new();

    [Fact]
    public async Task DescribeNone_AQuotaForbidsPods_SaysItInTheClustersWords()
    {
        _kubectl.Answer(Events, "spire-server   pods \"spire-server-1\" is forbidden: exceeded quota\npooler   something else\n");

        (await DescribeAsync()).Should().Be("no pod of this role was made:\n  event: spire-server   pods \"spire-server-1\" is forbidden: exceeded quota");
    }

    [Fact]
    public async Task DescribeNone_NobodySaysWhy_SaysWhereToLook()
    {
        _kubectl.Answer(Events, string.Empty);

        (await DescribeAsync()).Should().Be("no pod of this role was made; see 'kubectl get events'");
    }

    [Fact]
    public async Task DescribeNone_EventsCannotBeRead_SaysThat()
    {
        _kubectl.Fail(Events, "Forbidden");

        (await DescribeAsync()).Should().EndWith("why cannot be read: Forbidden");
    }

    private Task<string> DescribeAsync() => new PodTrouble(_kubectl).DescribeNoneAsync("spire-server", CancellationToken.None);
}
