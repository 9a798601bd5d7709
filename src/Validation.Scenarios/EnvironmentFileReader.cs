using System.Text.RegularExpressions;
using Validation.Scenarios.Reading;
using Validation.Scenarios.Sections;
using Validation.Scenarios.Yaml;

namespace Validation.Scenarios;

/// <summary>Reads environment files: which cluster, and what may be done there. As strict as scenarios are read.</summary>
public static partial class EnvironmentFileReader
{
    // A name without a tag means another image tomorrow.
    private static readonly ValueFormat<string> Image = new(
        "an image with a tag other than latest, or with a digest", text => ImagePattern().IsMatch(text) && !text.EndsWith(":latest", StringComparison.Ordinal) ? text : null);

    /// <summary>Gets the words for which SPIRE is deployed.</summary>
    public static IReadOnlyList<string> SpireWords { get; } = ["official", "embedded"];

    /// <summary>Gets the words for how network links are cut.</summary>
    public static IReadOnlyList<string> CutWords { get; } = ["leases", "network-policy"];

    /// <summary>Reads an environment file.</summary>
    /// <param name="path">The file, as the user named it; diagnostics repeat it.</param>
    /// <param name="text">The text of the file.</param>
    /// <param name="faults">The names of all faults, of which an owner may permit some; null to take any name.</param>
    public static EnvironmentReading Read(string path, string text, IReadOnlyCollection<string>? faults = null)
    {
        var log = new DiagnosticLog();
        var file = YamlTree.Read(path, text, log) is { } root && MappingReader.Of(root, "the environment", log) is { } mapping
            ? Read(mapping, faults, log)
            : null;
        return new EnvironmentReading(log.IsEmpty ? file : null, log.InOrder());
    }

    private static EnvironmentFile Read(MappingReader mapping, IReadOnlyCollection<string>? faults, DiagnosticLog log)
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
        var existing = ExistingSection.Read(mapping, faults, log);
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

    [GeneratedRegex(@"^[a-z0-9][A-Za-z0-9._/:-]*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$")]
    private static partial Regex ImagePattern();
}
