namespace Validation.Environments.Kubernetes.Existing;

/// <summary>Tells from the names of images which SPIRE runs.</summary>
internal static class ImageVersion
{
    private const string OfSpire = "spire-server";

    /// <summary>Returns the words for reports: <c>SPIRE 1.12.4</c>; the image itself where its name does not say more.</summary>
    /// <param name="images">The images of the SPIRE servers, each once.</param>
    public static string FlavorOf(IReadOnlyList<string> images)
    {
        var versions = images.Select(VersionOf).Distinct().ToArray();
        return versions.All(version => version is not null)
            ? $"SPIRE {string.Join(" and ", versions.Order(StringComparer.Ordinal))}"
            : $"SPIRE of image {string.Join(" and ", images)}";
    }

    // A digest says what runs and not which version that is; a registry may have a port.
    private static string? VersionOf(string image)
    {
        var name = image.Split('@')[0];
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') && name[..colon].EndsWith(OfSpire, StringComparison.Ordinal) && char.IsAsciiDigit(name[colon + 1])
            ? name[(colon + 1)..]
            : null;
    }
}
