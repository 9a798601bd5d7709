namespace Validation.Environments.K3s;

/// <summary>How the throw-away cluster is used.</summary>
public sealed record K3sOptions
{
    /// <summary>The name under which the images that K3s itself needs can be handed over, all in one file.</summary>
    public const string SystemImages = "k3s-system";

    /// <summary>Gets the folder with the environments' manifests and image lists: <c>environments</c>.</summary>
    public required DirectoryInfo Environments { get; init; }

    /// <summary>Gets whether the embedded SPIRE is used.</summary>
    /// <value>Defaults to false: SPIRE's official images.</value>
    public bool HasEmbeddedSpire { get; init; }

    /// <summary>Gets the files that <c>docker save</c> wrote, by the names of the images in the image lists.</summary>
    /// <value>Defaults to none. <see cref="SystemImages"/> is the archive of images that each release of K3s publishes for air gaps.</value>
    public IReadOnlyDictionary<string, FileInfo> ImageFiles { get; init; } = new Dictionary<string, FileInfo>();

    /// <summary>Reads <c>NAME=FILE</c>.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <returns>The name and the file.</returns>
    /// <exception cref="HarnessException">It has another form, or there is no such file.</exception>
    public static (string Name, FileInfo File) ParseImageFile(string text)
    {
        var parts = text.Split('=', 2);
        if (parts.Length != 2 || parts.Any(string.IsNullOrWhiteSpace))
        {
            throw new HarnessException(ExitCode.InvalidInput, $"--image '{text}': it has the form NAME=FILE, for example k3s=k3s.tar.");
        }

        return File.Exists(parts[1])
            ? (parts[0], new FileInfo(parts[1]))
            : throw new HarnessException(ExitCode.InvalidInput, $"--image {parts[0]}: there is no file '{parts[1]}'.");
    }
}
