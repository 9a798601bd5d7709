using Validation.Environments.Local.Programs;

namespace Validation.Environments.Tests.Cluster.Manifests;

/// <summary>The real kubectl validates every manifest, against a stand-in for the API server.</summary>
public sealed class ClientSideValidationTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _cache = Directory.CreateTempSubdirectory("validation-kubectl-");
    private ApiServerStandIn _server = null!;

    public static TheoryData<string> Everything => [.. Manifests.All, .. Manifests.WithWiderRights];

    public async Task InitializeAsync() =>
        _server = await ApiServerStandIn.StartAsync(ApiSchema.Read(Path.Combine(AppContext.BaseDirectory, "Cluster/Manifests/ApiSchema.txt")));

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _cache.Delete(recursive: true);
    }

    [SkippableTheory]
    [MemberData(nameof(Everything))]
    public async Task Kustomization_AppliedAsDryRun_IsValid(string kustomization)
    {
        var yaml = await Manifests.RenderAsync(kustomization);

        var answer = await ApplyAsync(yaml);

        answer.ExitCode.Should().Be(0, answer.Errors);
        answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Should().HaveSameCount(yaml.Split("\n---\n")).And.OnlyContain(line => line.EndsWith("created (dry run)"));
    }

    [Fact]
    public void Everything_IsAllThatThereIs()
    {
        var folders = new[] { "kubernetes/overlays", "k3s" }.SelectMany(parent => new DirectoryInfo(Manifests.Folder(parent)).GetDirectories().Select(folder => $"{parent}/{folder.Name}"));
        var files = new DirectoryInfo(Manifests.Folder(Manifests.Admin)).GetFiles("*.yaml").Select(file => file.Name).Except(["kustomization.yaml", "harness.yaml"]);

        Manifests.All.Concat(Manifests.WithWiderRights).Should().Contain(folders).And.Contain(files.Select(name => $"{Manifests.Admin}/{name}"));
    }

    [SkippableTheory]
    [InlineData("readOnlyRootFilesystem", "readOnlyRootFileSystem")]
    [InlineData("replicas: 3", "replicas: three")]
    [InlineData("containerPort: 8081", "containerPort: api")]
    [InlineData("mountPath: /etc/patroni", "path: /etc/patroni")]
    public async Task Manifest_WithAMistake_IsRefused(string right, string wrong)
    {
        var yaml = await Manifests.RenderAsync(Manifests.Embedded);
        yaml.Should().Contain(right);

        var answer = await ApplyAsync(yaml.Replace(right, wrong));

        answer.ExitCode.Should().NotBe(0);
        answer.Errors.Should().Contain(wrong.Split(':')[0]);
    }

    private Task<ToolResult> ApplyAsync(string yaml) => Tool.TryRunAsync(
        ["kubectl", "--kubeconfig=/dev/null", $"--server={_server.Url}", $"--cache-dir={_cache.FullName}", "apply", "--dry-run=client", "--filename", "-"],
        yaml, Limit, CancellationToken.None);
}
