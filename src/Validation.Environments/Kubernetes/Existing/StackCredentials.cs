using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Spire.Wire.Certificates;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>What the owner of a stack has given to the harness: its bundle, and perhaps an authority for nodes and an administrator's SVID.</summary>
/// <remarks>Keys are read into memory and go nowhere from there: into no argument, no manifest, no file and no log.</remarks>
internal sealed class StackCredentials : IDisposable
{
    private readonly NodeAuthority? _nobody;

    private StackCredentials(TrustDomain trustDomain, TrustBundle bundle, X509Certificate2? authority, X509Svid? administrator, TimeProvider time)
    {
        (TrustDomain, Bundle, Administrator) = (trustDomain, bundle, administrator);
        _nobody = authority is null ? new NodeAuthority(time) : null;
        Authority = authority ?? _nobody!.Certificate;
    }

    /// <summary>Gets the trust domain.</summary>
    public TrustDomain TrustDomain { get; }

    /// <summary>Gets the bundle in the file.</summary>
    public TrustBundle Bundle { get; }

    /// <summary>Gets the authority whose nodes are attested.</summary>
    /// <value>When none was given, one that nobody trusts: drivers that need it were refused.</value>
    public X509Certificate2 Authority { get; }

    /// <summary>Gets the administrator's SVID; null when none was given.</summary>
    public X509Svid? Administrator { get; }

    /// <summary>Reads the files.</summary>
    /// <param name="options">Where they are.</param>
    /// <param name="time">The clock that lives are compared with.</param>
    /// <exception cref="HarnessException">One of them cannot be read, or cannot be used; the message has the key of the environment file.</exception>
    public static StackCredentials Read(ExistingStackOptions options, TimeProvider time)
    {
        var domain = TrustDomain.TryParse(options.TrustDomain, out var parsed, out var problem)
            ? parsed
            : throw new HarnessException(ExitCode.InvalidInput, $"{options.File}: trust-domain '{options.TrustDomain}': {problem}.");
        var text = ReadText(options, "trust-bundle", options.TrustBundle);
        var bundle = Try(options, "trust-bundle", options.TrustBundle, () => text.TrimStart().StartsWith('{')
            ? BundleFormats.FromDocument(domain, Encoding.UTF8.GetBytes(text))
            : BundleFormats.FromPem(domain, text));
        if (bundle.X509Authorities.Count == 0)
        {
            throw Unusable(options, "trust-bundle", options.TrustBundle, "there is no authority in it");
        }

        return new StackCredentials(domain, bundle, ReadAuthority(options, time), ReadAdministrator(options, domain, bundle, time), time);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Authority.Dispose();
        Administrator?.Dispose();
        _nobody?.Dispose();
    }

    private static X509Certificate2? ReadAuthority(ExistingStackOptions options, TimeProvider time)
    {
        const string Key = "attestation";
        if (options.Attestation is not { } files)
        {
            return null;
        }

        var (certificate, key) = (ReadText(options, Key, files.Certificate), ReadText(options, Key, files.Key));
        var authority = Try(options, Key, files.Certificate, () => X509Certificate2.CreateFromPem(certificate, key));
        var problem =
            authority.GetECDsaPrivateKey() is not { } ec ? "its key is not an elliptic curve key, which the nodes' certificates need"
            : !authority.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority) ? "it is no certificate of an authority (CA:TRUE)"
            : authority.NotAfter <= time.GetUtcNow() ? $"it ended at {authority.NotAfter.ToUniversalTime():u}"
            : null;
        return problem is null ? authority : throw Unusable(options, Key, files.Certificate, problem);
    }

    private static X509Svid? ReadAdministrator(ExistingStackOptions options, TrustDomain domain, TrustBundle bundle, TimeProvider time)
    {
        const string Key = "administrator";
        if (options.Administrator is not { } files)
        {
            return null;
        }

        var (certificates, keyText) = (ReadText(options, Key, files.Certificate), ReadText(options, Key, files.Key));
        var svid = Try(options, Key, files.Certificate, () =>
        {
            var collection = new X509Certificate2Collection();
            collection.ImportFromPem(certificates);
            using var key = ReadKey(keyText);
            return new X509Svid([.. collection.Select(one => (ReadOnlyMemory<byte>)one.RawData)], key);
        });
        var verification = new SvidVerifier(bundle).Verify(svid.Chain, time.GetUtcNow());
        var problem = svid.Id.TrustDomain != domain ? $"'{svid.Id}' is not in the trust domain '{domain}'" : verification.IsValid ? null : verification.Detail;
        return problem is null ? svid : throw Unusable(options, Key, files.Certificate, problem);
    }

    private static AsymmetricAlgorithm ReadKey(string pem)
    {
        try
        {
            return Import(ECDsa.Create(), pem);
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            return Import(RSA.Create(), pem);
        }
    }

    private static AsymmetricAlgorithm Import(AsymmetricAlgorithm key, string pem)
    {
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static string ReadText(ExistingStackOptions options, string key, string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException(ExitCode.InvalidInput, $"{options.File}: {key}: '{path}' cannot be read. {error.Message}", innerException: error);
        }
    }

    private static T Try<T>(ExistingStackOptions options, string key, string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is CryptographicException or FormatException or ArgumentException)
        {
            throw Unusable(options, key, path, error.Message.TrimEnd('.'));
        }
    }

    private static HarnessException Unusable(ExistingStackOptions options, string key, string path, string problem) =>
        new(ExitCode.InvalidInput, $"{options.File}: {key}: '{path}' cannot be used: {problem}.");
}
