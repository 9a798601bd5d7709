using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace EmbeddedSpire.Server.Kubernetes;

/// <summary>How a cluster's API server is reached, and as whom.</summary>
internal sealed record ApiAccess
{
    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Gets where it is.</summary>
    public required Uri Server { get; init; }

    /// <summary>Gets the authorities of its certificate as PEM; null means those of this machine.</summary>
    public string? Authorities { get; init; }

    /// <summary>Gets the bearer token; null when there is none.</summary>
    public string? Token { get; init; }

    /// <summary>Gets the client's certificate as PEM; null when there is none.</summary>
    public string? Certificate { get; init; }

    /// <summary>Gets the key of <see cref="Certificate"/> as PEM.</summary>
    public string? Key { get; init; }

    /// <summary>Returns the access that every pod finds in its own file system and environment.</summary>
    /// <exception cref="ApiException">This is no pod, or one without a token.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ApiAccess InCluster()
    {
        if (Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is not { Length: > 0 } host
            || Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT") is not { Length: > 0 } port)
        {
            throw new ApiException("unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined");
        }

        return new ApiAccess
        {
            Server = new Uri($"https://{(host.Contains(':') ? $"[{host}]" : host)}:{port}"),
            Authorities = File.ReadAllText($"{ServiceAccount}/ca.crt"),
            Token = File.ReadAllText($"{ServiceAccount}/token"),
        };
    }

    /// <summary>Returns how TLS is spoken with it.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A certificate or the key cannot be read.</exception>
    public SslClientAuthenticationOptions Tls()
    {
        var tls = new SslClientAuthenticationOptions();
        if (Authorities is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.ImportFromPem(Authorities);
        }

        if (Certificate is not null)
        {
            tls.ClientCertificates = [X509Certificate2.CreateFromPem(Certificate, Key)];
        }

        return tls;
    }
}
