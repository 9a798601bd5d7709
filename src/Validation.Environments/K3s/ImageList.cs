using System.Text.RegularExpressions;

namespace Validation.Environments.K3s;

/// <summary>An image that a cluster needs.</summary>
/// <param name="Name">Its name in the image list: <c>harness</c>.</param>
/// <param name="Reference">What the engine calls it: <c>validation/harness:1</c>.</param>
internal sealed record NamedImage(string Name, string Reference);

/// <summary>Reads the files that name all images, one <c>NAME: IMAGE</c> in each line.</summary>
internal static partial class ImageList
{
    private const string Cluster = "k3s/images.yaml";
    private const string Stack = "kubernetes/images/images.yaml";
    private const string K3s = "k3s";

    private static readonly string[] K3sOwn = ["pause", "coredns"];
    private static readonly string[] Ours = ["postgres-ha", "harness"];
    private static readonly string[] Official = ["spire-server", "spire-agent"];

    /// <summary>Returns the image of the Kubernetes nodes.</summary>
    /// <param name="environments">The folder with the environments' files.</param>
    /// <exception cref="HarnessException">The file is missing, or does not name it.</exception>
    public static NamedImage OfNodes(DirectoryInfo environments) => Find(Path.Combine(environments.FullName, Cluster), K3s);

    /// <summary>Returns the images that a cluster needs for itself, before any pod of the stack.</summary>
    /// <param name="environments">The folder with the environments' files.</param>
    /// <exception cref="HarnessException">The file is missing, or does not name all of them.</exception>
    public static IReadOnlyList<NamedImage> OfSystem(DirectoryInfo environments) =>
        [.. K3sOwn.Select(name => Find(Path.Combine(environments.FullName, Cluster), name))];

    /// <summary>Returns the images that the pods of the stack need.</summary>
    /// <param name="environments">The folder with the environments' files.</param>
    /// <param name="hasEmbeddedSpire">False for SPIRE's official images too.</param>
    /// <exception cref="HarnessException">The file is missing, or does not name all of them.</exception>
    public static IReadOnlyList<NamedImage> OfStack(DirectoryInfo environments, bool hasEmbeddedSpire) =>
        [.. Ours.Concat(hasEmbeddedSpire ? [] : Official).Select(name => Find(Path.Combine(environments.FullName, Stack), name))];

    /// <summary>Tells whether an image is one that a cluster needs for itself.</summary>
    /// <param name="image">The image.</param>
    public static bool IsOfSystem(NamedImage image) => K3sOwn.Contains(image.Name);

    /// <summary>Tells whether an image is one that the embedded SPIRE does without.</summary>
    /// <param name="image">The image.</param>
    public static bool IsOfficialSpire(NamedImage image) => Official.Contains(image.Name);

    private static NamedImage Find(string path, string name)
    {
        if (!File.Exists(path))
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"There is no file '{path}', which names the images.", "Run from the folder with 'environments', or set VALIDATION_HOME to it.");
        }

        // Not every line of such a file names an image; those that do not have no tag.
        var lines = File.ReadLines(path).Select(line => Line().Match(line)).Where(match => match.Success).ToArray();
        return lines.FirstOrDefault(match => match.Groups["name"].Value == name) is { } found
            ? new NamedImage(name, found.Groups["image"].Value)
            : throw new HarnessException(
                ExitCode.InvalidInput,
                $"{path}: no line '{name}: IMAGE:TAG'. It names {string.Join(", ", lines.Select(match => match.Groups["name"].Value))}.");
    }

    [GeneratedRegex("^\\s*(?<name>[a-z0-9-]+):\\s+(?<image>[^\\s#\"']+:[^\\s#\"'/]+)\\s*(#.*)?$")]
    private static partial Regex Line();
}
