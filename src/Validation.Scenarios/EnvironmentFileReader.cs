using System.Text.RegularExpressions;
using Validation.Core.Stacks;
using Validation.Scenarios.Reading;
using Validation.Scenarios.Yaml;

namespace Validation.Scenarios;

/// <summary>Reads environment files: which cluster, and what may be done there. As strict as scenarios are read.</summary>
public static partial class EnvironmentFileReader
{
    private const string Existing = "existing";

    private static readonly ValueFormat<string> Selector = new(
        "a label selector, such as app=spire-server,tier=identity", text => SelectorPattern().IsMatch(text) ? text : null);

    private static readonly ValueFormat<string> TrustDomain = new(
        "lower-case letters, digits, dots, dashes and underscores, without spiffe://", text => TrustDomainPattern().IsMatch(text) ? text : null);

    // A name without a tag means another image tomorrow.
    private static readonly ValueFormat<string> Image = new(
        "an image with a tag other than latest, or with a digest", text => ImagePattern().IsMatch(text) && !text.EndsWith(":latest", StringComparison.Ordinal) ? text : null);

    /// <summary>Gets the words for which SPIRE is deployed.</summary>
    public static IReadOnlyList<string> SpireWords { get; } = ["embedded", "official", Existing];

    /// <summary>Gets the words for how network links are cut.</summary>
    public static IReadOnlyList<string> CutWords { get; } = ["leases", "network-policy"];

    /// <summary>Reads an environment file.</summary>
    /// <param name="path">The file, as the user named it; diagnostics repeat it.</param>
    /// <param name="text">The text of the file.</param>
    public static EnvironmentReading Read(string path, string text)
    {
        var log = new DiagnosticLog();
        var file = YamlTree.Read(path, text, log) is { } root && MappingReader.Of(root, "the environment", log) is { } mapping
            ? Read(mapping, log)
            : null;
        return new EnvironmentReading(log.IsEmpty ? file : null, log.InOrder());
    }

    private static EnvironmentFile Read(MappingReader mapping, DiagnosticLog log)
    {
        mapping.Demand("environment", Formats.OneOf(["kubernetes"]), "environment: kubernetes");
        var kubeconfig = mapping.Read("kubeconfig", Formats.Text);
        var context = mapping.Read("context", Formats.Text);
        var allowed = mapping.Demand("allowed-contexts", "allowed-contexts: [staging]") is null
            ? null
            : mapping.ReadList("allowed-contexts", "context", Formats.Text);
        var name = mapping.Read("namespace", Formats.Name);
        var spire = mapping.Read("spire", Formats.OneOf([.. SpireWords]));
        var cut = mapping.Read("cut", Formats.OneOf([.. CutWords]));
        var images = ReadImages(mapping, log);
        var existing = ReadExisting(mapping, log);
        if (spire == Existing && !mapping.Has(Existing))
        {
            mapping.Complain("spire", $"spire is '{Existing}', but the file has no '{Existing}' that says how its pods are found.");
        }
        else if (spire != Existing && mapping.Has(Existing))
        {
            mapping.Complain(Existing, $"'{Existing}' is only for 'spire: {Existing}'; here spire is '{spire ?? SpireWords[0]}'.");
        }

        mapping.RejectOthers();
        return new EnvironmentFile
        {
            Kubeconfig = kubeconfig,
            Context = context,
            AllowedContexts = allowed ?? [],
            Namespace = name,
            Spire = spire ?? SpireWords[0],
            Cut = cut ?? CutWords[0],
            Images = images,
            Existing = existing,
        };
    }

    private static Dictionary<string, string> ReadImages(MappingReader file, DiagnosticLog log)
    {
        var images = new Dictionary<string, string>();
        if (file.Find("images") is { } value && MappingReader.Of(value, "'images'", log) is { } mapping)
        {
            // Which names there are is said by the manifests; the environment compares.
            foreach (var name in mapping.Entries.Select(entry => entry.Key.Text))
            {
                if (mapping.Read(name, Image) is { } image)
                {
                    images[name] = image;
                }
            }
        }

        return images;
    }

    private static ExistingStackFile? ReadExisting(MappingReader file, DiagnosticLog log)
    {
        if (file.Find(Existing) is not { } value || MappingReader.Of(value, $"'{Existing}'", log) is not { } mapping)
        {
            return null;
        }

        var trustDomain = mapping.Demand("trust-domain", TrustDomain, "trust-domain: example.org");
        var roles = new Dictionary<string, ExistingRoleFile>();
        if (mapping.Demand("roles", "roles: { spire-server: { selector: app=spire-server, container: spire-server } }") is { } found
            && MappingReader.Of(found, "'roles'", log) is { } byRole)
        {
            foreach (var role in Roles.All)
            {
                if (byRole.Find(role) is { } one && MappingReader.Of(one, $"role '{role}'", log) is { } description)
                {
                    var selector = description.Demand("selector", Selector, "selector: app=spire-server");
                    var container = description.Demand("container", Formats.Name, "container: spire-server");
                    description.RejectOthers();
                    roles[role] = new ExistingRoleFile(selector ?? string.Empty, container ?? string.Empty);
                }
            }

            byRole.RejectOthers();
        }

        mapping.RejectOthers();
        return new ExistingStackFile(trustDomain ?? string.Empty, roles);
    }

    [GeneratedRegex("^[A-Za-z0-9./_=!, ()-]+$")]
    private static partial Regex SelectorPattern();

    [GeneratedRegex("^[a-z0-9._-]{1,255}$")]
    private static partial Regex TrustDomainPattern();

    [GeneratedRegex(@"^[a-z0-9][A-Za-z0-9._/:-]*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$")]
    private static partial Regex ImagePattern();
}
