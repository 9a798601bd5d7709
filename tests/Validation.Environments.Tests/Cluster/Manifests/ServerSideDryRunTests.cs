using System.Text.RegularExpressions;

namespace Validation.Environments.Tests.Cluster.Manifests;

/// <summary>A real API server judges every manifest, and keeps none of them.</summary>
/// <remarks>
/// Needs a cluster that was named for it, by <c>VALIDATION_TEST_KUBECONFIG</c> and <c>VALIDATION_TEST_CONTEXT</c>: a default of kubectl's
/// may lead anywhere. A dry run makes no namespace for what comes after it, so all objects are judged in <c>default</c>.
/// </remarks>
public sealed partial class ServerSideDryRunTests
{
    private const string Kubeconfig = "VALIDATION_TEST_KUBECONFIG";
    private const string Context = "VALIDATION_TEST_CONTEXT";

    [SkippableFact]
    public async Task EveryKustomization_AppliedAsDryRunOfTheServer_IsTaken()
    {
        var (kubeconfig, context) = (Named(Kubeconfig), Named(Context));
        foreach (var kustomization in Manifests.All.Concat(Manifests.WithWiderRights))
        {
            var yaml = NamespaceOfAnObject().Replace(await Manifests.RenderAsync(kustomization), "${before}default");

            var output = await Manifests.KubectlAsync([$"--kubeconfig={kubeconfig}", $"--context={context}", "apply", "--dry-run=server", "--filename", "-"], yaml);

            output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Should().HaveSameCount(yaml.Split("\n---\n"), kustomization).And.OnlyContain(line => line.EndsWith("(server dry run)", StringComparison.Ordinal));
        }
    }

    private static string Named(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable);
        Skip.If(string.IsNullOrEmpty(value), $"no cluster was named for it: {variable} is not set");
        return value!;
    }

    [GeneratedRegex(@"(?<before>^  namespace: )\S+", RegexOptions.Multiline)]
    private static partial Regex NamespaceOfAnObject();
}
