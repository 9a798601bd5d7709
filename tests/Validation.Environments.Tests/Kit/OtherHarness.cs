using System.Net;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Helper.Session;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Local.Programs;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Kit;

/// <summary>Programs of their own in tests of the hands: a node helper, and a harness that cuts a link and holds it.</summary>
internal static class OtherHarness
{
    /// <summary>Runs a node helper's session on the standard input and output.</summary>
    /// <param name="cgroups">What stands for <c>/proc</c>.</param>
    public static async Task<int> HelpAsync(string cgroups)
    {
        await using var input = Console.OpenStandardInput();
        await using var output = Console.OpenStandardOutput();
        using var session = new HelperSession(input, output, new PodFinder(cgroups), TimeProvider.System);
        await session.RunAsync(CancellationToken.None);
        return 0;
    }

    /// <summary>Cuts a link and holds it for ever.</summary>
    /// <param name="arguments">What stands for <c>/proc</c>, and uid and address of both pods.</param>
    public static async Task<int> CutAsync(string[] arguments)
    {
        var kubectl = new OpeningKubectl(_ => ToolProcess.Open(
            [DotnetHost.Program, System.Reflection.Assembly.GetExecutingAssembly().Location, "node-helper", arguments[0]],
            readsInput: true,
            new SecretMask(),
            TimeProvider.System));
        await using var client = await HelperClient.OpenAsync(kubectl, "helper", "k-2", TimeProvider.System, CancellationToken.None);
        var link = new CutLink("a-1", IPAddress.Parse(arguments[2]).ToString(), "b-1", IPAddress.Parse(arguments[4]).ToString());
        await client.AskAsync(new Cut("c", new PodOnNode("b-1", arguments[3], []), [link]), CancellationToken.None);
        await Task.Delay(Timeout.Infinite);
        return 0;
    }
}
