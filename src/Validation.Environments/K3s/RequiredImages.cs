using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>Sees to it that the engine has every image before anything is made. Nothing is pulled: an air gap is a usual place for tests.</summary>
internal sealed class RequiredImages
{
    private const string BuildScript = "environments/images/build.sh";
    private const string SystemAtOnce =
        $"or what K3s itself needs all at once: --image {K3sOptions.SystemImages}=FILE, with the archive k3s-airgap-images-ARCH.tar.zst of the same release";

    private const string WithoutOfficialSpire = "or do without SPIRE's own images: --embedded-spire takes the harness' own SPIRE, which is in the image harness";

    private readonly IDocker _docker;
    private readonly K3sOptions _options;

    /// <summary>Creates it.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="options">Where the image lists and the files are.</param>
    public RequiredImages(IDocker docker, K3sOptions options)
    {
        (_docker, _options) = (docker, options);
        OfNodes = ImageList.OfNodes(options.Environments);
        OfSystem = System is null ? ImageList.OfSystem(options.Environments) : [];
        OfStack = ImageList.OfStack(options.Environments, options.HasEmbeddedSpire);
        string[] known = [.. All.Select(image => image.Name), K3sOptions.SystemImages];
        foreach (var name in options.ImageFiles.Keys.Except(known))
        {
            throw new HarnessException(
                ExitCode.InvalidInput, $"--image {name}: no such image is needed.{NearestWord.Suggestion(name, known)}", $"Allowed is {string.Join(", ", known)}.");
        }
    }

    /// <summary>Gets the image of the Kubernetes nodes.</summary>
    public NamedImage OfNodes { get; }

    /// <summary>Gets the images that K3s itself needs.</summary>
    /// <value>Empty when <see cref="System"/> has them.</value>
    public IReadOnlyList<NamedImage> OfSystem { get; }

    /// <summary>Gets the images of the stack's pods.</summary>
    public IReadOnlyList<NamedImage> OfStack { get; }

    /// <summary>Gets the file with the images that K3s itself needs; null when they are taken from the engine.</summary>
    public FileInfo? System => _options.ImageFiles.GetValueOrDefault(K3sOptions.SystemImages);

    /// <summary>Gets the images that are brought into the Kubernetes nodes, in portions.</summary>
    /// <value>Those of K3s itself come first: its pods begin as soon as they can, and would look for them in a registry.</value>
    public IEnumerable<IReadOnlyList<NamedImage>> Portions => new[] { OfSystem, OfStack }.Where(portion => portion.Count > 0);

    private IReadOnlyList<NamedImage> All => [OfNodes, .. OfSystem, .. OfStack];

    /// <summary>Returns the commands that load the files the user named.</summary>
    public IEnumerable<DockerCommand> Loads() =>
        All.Select(image => _options.ImageFiles.GetValueOrDefault(image.Name)).OfType<FileInfo>().Select(K3sCommands.LoadImage);

    /// <summary>Returns the images that the engine lacks; asks it for each.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<IReadOnlyList<NamedImage>> FindMissingAsync(CancellationToken cancellationToken)
    {
        var missing = new List<NamedImage>();
        foreach (var image in All)
        {
            if (!(await _docker.RunAsync(K3sCommands.FindImage(image), cancellationToken)).Succeeded)
            {
                missing.Add(image);
            }
        }

        return missing;
    }

    /// <summary>Loads the files that were named and refuses when an image is still missing.</summary>
    /// <param name="progress">Told what is loaded.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="HarnessException">An image is missing; the hint has the commands that supply it.</exception>
    public async Task EnsureAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        foreach (var load in Loads())
        {
            progress.Report($"{load}");
            await _docker.RequireAsync(load, cancellationToken);
        }

        var missing = await FindMissingAsync(cancellationToken);
        if (missing.Count > 0)
        {
            throw Refusal(missing);
        }
    }

    /// <summary>Returns what to throw when images are missing.</summary>
    /// <param name="missing">The images.</param>
    public static HarnessException Refusal(IReadOnlyList<NamedImage> missing) => new(
        ExitCode.EnvironmentFailed,
        $"The Docker engine has no image {string.Join(", ", missing.Select(image => $"{image.Reference} ({image.Name})"))}. Nothing was started.",
        string.Join("\n  ", ["Supply what is missing:", .. missing.SelectMany(Supply), .. Instead(missing)]));

    private static IEnumerable<string> Instead(IReadOnlyList<NamedImage> missing)
    {
        if (missing.Any(ImageList.IsOfSystem))
        {
            yield return SystemAtOnce;
        }

        if (missing.Any(ImageList.IsOfficialSpire))
        {
            yield return WithoutOfficialSpire;
        }
    }

    private static IEnumerable<string> Supply(NamedImage image)
    {
        if (image.Reference.StartsWith("validation/", StringComparison.Ordinal))
        {
            yield return $"{image.Name}: {BuildScript} {image.Name}";
            yield return $"{image.Name}, where nothing can be built: elsewhere {BuildScript} {image.Name} --save ., then here docker load --input={image.Name}.tar, or run with --image {image.Name}={image.Name}.tar";
            yield break;
        }

        yield return $"{image.Name}, with a network: docker pull {image.Reference}";
        yield return $"{image.Name}, without: where there is one, docker pull {image.Reference} && docker save --output={image.Name}.tar {image.Reference}";
        yield return $"  then here docker load --input={image.Name}.tar, or run with --image {image.Name}={image.Name}.tar";
    }
}
