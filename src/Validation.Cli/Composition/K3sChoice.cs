using Validation.Environments.K3s;

namespace Validation.Cli.Composition;

/// <summary>What the command line says about the throw-away cluster.</summary>
internal sealed class K3sChoice
{
    private readonly IReadOnlyList<string> _images;

    private K3sChoice(IReadOnlyList<string> images) => _images = images;

    /// <summary>Gets the choice of somebody who said nothing.</summary>
    public static K3sChoice None { get; } = new([]);

    /// <summary>Returns the choice of somebody who gave these options.</summary>
    /// <param name="images">The values of <c>--image</c>.</param>
    public static K3sChoice Of(IReadOnlyList<string> images) => images.Count == 0 ? None : new K3sChoice(images);

    /// <summary>Returns how the throw-away cluster is used.</summary>
    /// <param name="home">The harness' folder.</param>
    /// <param name="hasEmbeddedSpire">The value of <c>--embedded-spire</c>.</param>
    /// <exception cref="Validation.Core.HarnessException">An image has another form than NAME=FILE, or there is no such file.</exception>
    public K3sOptions Read(DirectoryInfo home, bool hasEmbeddedSpire) => new()
    {
        Environments = new DirectoryInfo(Path.Combine(home.FullName, "environments")),
        HasEmbeddedSpire = hasEmbeddedSpire,
        ImageFiles = _images.Select(K3sOptions.ParseImageFile).GroupBy(image => image.Name).ToDictionary(image => image.Key, image => image.Last().File),
    };
}
