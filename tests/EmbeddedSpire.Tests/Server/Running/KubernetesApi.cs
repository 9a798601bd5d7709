using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>
/// An API server as far as <c>k8s_psat</c> asks one: HTTPS with an authority of its own, one pod <c>spire/agent-1</c> on the
/// Kubernetes node <c>node-1</c>, and its tokens.
/// </summary>
internal sealed class KubernetesApi : IAsyncDisposable
{
    /// <summary>The bearer token of SPIRE's server.</summary>
    public const string ServersToken = "of-the-server";

    private readonly X509Certificate2 _certificate;
    private readonly WebApplication _application;

    private KubernetesApi(X509Certificate2 certificate, WebApplication application) => (_certificate, _application) = (certificate, application);

    /// <summary>Gets the status that is answered for each token; others are not authenticated.</summary>
    public Dictionary<string, object> Tokens { get; } = new()
    {
        ["good"] = Status("system:serviceaccount:spire:agent"),
        ["another-account"] = Status("system:serviceaccount:spire:workload"),
        ["a-user"] = Status("admin"),
        ["pod-is-gone"] = Status("system:serviceaccount:spire:agent", pod: "agent-0"),
        ["no-pod"] = new { authenticated = true, user = new { username = "system:serviceaccount:spire:agent" }, audiences = new[] { "spire-server" } },
        ["wrong-audience"] = new { authenticated = false, error = "[invalid bearer token, token audiences [\"vault\"] is invalid for the target audiences [\"spire-server\"]]" },
        ["audience-not-looked-at"] = Status("system:serviceaccount:spire:agent", audience: "https://kubernetes.default.svc"),
    };

    /// <summary>Gets the paths that were asked for.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Gets the audiences that the last review was for.</summary>
    public string Audiences { get; private set; } = string.Empty;

    public static async Task<KubernetesApi> StartAsync()
    {
        var certificate = CreateCertificate();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var api = new KubernetesApi(certificate, builder.Build());
        api.Map();
        await api._application.StartAsync();
        return api;
    }

    /// <summary>Writes a kubeconfig file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="user">What its user has, as YAML.</param>
    public string WriteKubeConfig(string path, string user = $"token: {ServersToken}")
    {
        File.WriteAllText(path, $$"""
            apiVersion: v1
            kind: Config
            current-context: here
            contexts:
              - { name: elsewhere, context: { cluster: other, user: nobody } }
              - { name: here, context: { cluster: stand-in, user: spire, namespace: spire } }
            clusters:
              - name: stand-in
                cluster:
                  server: {{_application.Urls.Single()}}
                  certificate-authority-data: {{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(_certificate.ExportCertificatePem()))}}
            users:
              - name: spire
                user: { {{user}} }
            """);
        return path;
    }

    public Task StopAsync() => _application.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _certificate.Dispose();
    }

    private static object Status(string username, string pod = "agent-1", string audience = "spire-server") => new
    {
        authenticated = true,
        user = new
        {
            username,
            uid = "7d9a",
            extra = new Dictionary<string, string[]>
            {
                ["authentication.kubernetes.io/pod-name"] = [pod],
                ["authentication.kubernetes.io/pod-uid"] = [$"uid-of-{pod}"],
            },
        },
        audiences = new[] { audience },
    };

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube-apiserver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddMinutes(-1), now.AddDays(1));
    }

    private void Map()
    {
        _application.Use((context, next) =>
        {
            Asked.Add(context.Request.Path);
            return context.Request.Headers.Authorization == $"Bearer {ServersToken}" ? next() : RefuseAsync(context, 401, "Unauthorized");
        });
        _application.MapPost("/apis/authentication.k8s.io/v1/tokenreviews", (JsonElement review) =>
        {
            var spec = review.GetProperty("spec");
            Audiences = spec.GetProperty("audiences").ToString();
            var status = Tokens.GetValueOrDefault(spec.GetProperty("token").GetString()!) ?? new { authenticated = false };
            return Results.Json(new { kind = "TokenReview", apiVersion = "authentication.k8s.io/v1", status }, statusCode: 201);
        });
        _application.MapGet("/api/v1/namespaces/spire/pods/agent-1", () => new
        {
            metadata = new { uid = "uid-of-agent-1", labels = new Dictionary<string, string> { ["app"] = "agent", ["pod-template-generation"] = "1" } },
            spec = new { nodeName = "node-1" },
            status = new { hostIP = "10.0.0.1" },
        });
        _application.MapGet("/api/v1/nodes/node-1", () => new
        {
            metadata = new { uid = "uid-of-node-1", labels = new Dictionary<string, string> { ["topology.kubernetes.io/zone"] = "z1", ["kubernetes.io/os"] = "linux" } },
        });
        _application.MapFallback(context => RefuseAsync(context, 404, $"pods \"{context.Request.Path.Value!.Split('/')[^1]}\" not found"));
    }

    private static Task RefuseAsync(HttpContext context, int code, string message)
    {
        context.Response.StatusCode = code;
        return context.Response.WriteAsJsonAsync(new { kind = "Status", apiVersion = "v1", status = "Failure", message, code });
    }
}
