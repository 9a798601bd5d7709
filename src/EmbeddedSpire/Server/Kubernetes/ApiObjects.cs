namespace EmbeddedSpire.Server.Kubernetes;

/// <summary>What the API <c>tokenreviews</c> says of a token.</summary>
internal sealed record TokenReviewStatus
{
    public bool Authenticated { get; init; }

    public TokenUser? User { get; init; }

    /// <summary>Gets those of the audiences that were asked for that the token has.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    public string? Error { get; init; }
}

/// <summary>Whose a token is.</summary>
internal sealed record TokenUser
{
    /// <summary>Gets the name; of a service account <c>system:serviceaccount:NAMESPACE:NAME</c>.</summary>
    public string? Username { get; init; }

    /// <summary>Gets what else is known; of a pod's token, its name and uid.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}

/// <summary>A pod or a Kubernetes node, as far as <c>k8s_psat</c> looks at it.</summary>
internal sealed record ApiObject
{
    public ObjectMetadata Metadata { get; init; } = new();

    public PodSpec Spec { get; init; } = new();

    public PodStatus Status { get; init; } = new();
}

internal sealed record ObjectMetadata
{
    public string Uid { get; init; } = string.Empty;

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

internal sealed record PodSpec
{
    public string NodeName { get; init; } = string.Empty;
}

internal sealed record PodStatus
{
    public string HostIP { get; init; } = string.Empty;
}
