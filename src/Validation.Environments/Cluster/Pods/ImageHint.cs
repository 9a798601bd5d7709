using Validation.Core.Stacks;

namespace Validation.Environments.Cluster.Pods;

/// <summary>Says what to do when a Kubernetes node cannot get an image.</summary>
internal static class ImageHint
{
    private const string Supply = "Put the image where the Kubernetes nodes find it, or name another one under 'images' in the environment file.";

    private const string WithoutOfficialSpire =
        "Or do without SPIRE's own images: 'spire: embedded' there, or --embedded-spire, takes the harness' own SPIRE, which is in the image harness.";

    private static readonly string[] Words = ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"];

    /// <summary>Returns what to do about a pod's images; null when it does not wait for one.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="hasEmbeddedSpire">True when the stack's SPIRE is the embedded one, so that there is no other to choose.</param>
    public static string? For(PodFacts pod, bool hasEmbeddedSpire)
    {
        var late = pod.Containers.Where(container => Words.Contains(container.Waiting)).ToArray();
        return late.Length == 0 ? null
            : !hasEmbeddedSpire && late.Any(container => container.Name is Roles.SpireServer or Roles.SpireAgent) ? $"{Supply} {WithoutOfficialSpire}"
            : Supply;
    }
}
