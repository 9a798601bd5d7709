namespace Validation.Environments.Cluster;

/// <summary>What a run would do in a cluster.</summary>
/// <param name="Sections">The steps, in order.</param>
/// <param name="Refusal">Why it would not be done at all; null when nothing stands against it, or when no cluster was asked.</param>
public sealed record ClusterPlan(IReadOnlyList<ClusterPlanSection> Sections, HarnessException? Refusal);

/// <summary>A step of a run in a cluster.</summary>
/// <param name="Title">What it is for.</param>
/// <param name="Lines">Commands as they would be typed, and remarks, which begin with <c># </c>.</param>
public sealed record ClusterPlanSection(string Title, IReadOnlyList<string> Lines);
