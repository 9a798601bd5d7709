using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace EmbeddedSpire.Server.Kubernetes;

/// <summary>Reads kubeconfig files, as kubectl uses them.</summary>
internal static class KubeConfig
{
    /// <summary>Returns the access that the current context of a file gives.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ApiException">It is no kubeconfig file, or wants something that is not supported.</exception>
    /// <exception cref="IOException">It, or a file that it names, cannot be read.</exception>
    /// <exception cref="FormatException">Something in it is not base64, or not an address.</exception>
    public static ApiAccess Read(string path)
    {
        var content = Parse(path);
        var name = content.CurrentContext ?? string.Empty;
        var context = content.Contexts?.FirstOrDefault(one => one.Name == name)?.Context ?? throw new ApiException($"{path}: there is no context \"{name}\"");
        var cluster = content.Clusters?.FirstOrDefault(one => one.Name == context.Cluster)?.Cluster;
        var user = content.Users?.FirstOrDefault(one => one.Name == context.User)?.User ?? new UserPart();
        if (cluster?.Server is not { } server)
        {
            throw new ApiException($"{path}: there is no server of the cluster \"{context.Cluster}\"");
        }

        if (user.Exec is not null || user.AuthProvider is not null || user.Username is not null || cluster.InsecureSkipTlsVerify)
        {
            throw new ApiException($"{path}: the context \"{name}\" has exec, auth-provider, username or insecure-skip-tls-verify; supported by the embedded SPIRE are token, tokenFile, client-certificate, client-key and certificate-authority");
        }

        return new ApiAccess
        {
            Server = new Uri(server),
            Authorities = Text(path, cluster.CertificateAuthorityData, cluster.CertificateAuthority),
            Token = user.TokenFile is null ? user.Token : Text(path, null, user.TokenFile),
            Certificate = Text(path, user.ClientCertificateData, user.ClientCertificate),
            Key = Text(path, user.ClientKeyData, user.ClientKey),
        };
    }

    private static Content Parse(string path)
    {
        var deserializer = new DeserializerBuilder().WithNamingConvention(HyphenatedNamingConvention.Instance).IgnoreUnmatchedProperties().Build();
        try
        {
            return deserializer.Deserialize<Content?>(File.ReadAllText(path)) ?? new Content();
        }
        catch (YamlException error)
        {
            throw new ApiException($"{path}:{error.Start.Line}:{error.Start.Column}: {error.Message}", error);
        }
    }

    /// <summary>Returns what is written in the file itself, as base64, or in another one beside it.</summary>
    private static string? Text(string path, string? data, string? file) =>
        data is not null ? Encoding.UTF8.GetString(Convert.FromBase64String(data))
        : file is not null ? File.ReadAllText(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file))
        : null;

    private sealed class Content
    {
        public string? CurrentContext { get; set; }

        public List<NamedPart>? Contexts { get; set; }

        public List<NamedPart>? Clusters { get; set; }

        public List<NamedPart>? Users { get; set; }
    }

    private sealed class NamedPart
    {
        public string? Name { get; set; }

        public ContextPart? Context { get; set; }

        public ClusterPart? Cluster { get; set; }

        public UserPart? User { get; set; }
    }

    private sealed class ContextPart
    {
        public string? Cluster { get; set; }

        public string? User { get; set; }
    }

    private sealed class ClusterPart
    {
        public string? Server { get; set; }

        public string? CertificateAuthority { get; set; }

        public string? CertificateAuthorityData { get; set; }

        public bool InsecureSkipTlsVerify { get; set; }
    }

    private sealed class UserPart
    {
        public string? Token { get; set; }

        [YamlMember(Alias = "tokenFile", ApplyNamingConventions = false)]
        public string? TokenFile { get; set; }

        public string? ClientCertificate { get; set; }

        public string? ClientCertificateData { get; set; }

        public string? ClientKey { get; set; }

        public string? ClientKeyData { get; set; }

        public string? Username { get; set; }

        public object? Exec { get; set; }

        public object? AuthProvider { get; set; }
    }
}
