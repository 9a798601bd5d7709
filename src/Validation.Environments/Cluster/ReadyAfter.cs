using System.Globalization;

namespace Validation.Environments.Cluster;

/// <summary>How long it took until something was ready, as a fact of the environment.</summary>
internal static class ReadyAfter
{
    /// <summary>The fact of the cluster that was made for the run: from its first container to names that are resolved, images included.</summary>
    public const string Cluster = "cluster ready after";

    /// <summary>The fact of the stack: from the first question to the cluster to the last replica that streams.</summary>
    public const string Stack = "stack ready after";

    /// <summary>Returns the fact's value.</summary>
    /// <param name="length">How long it took.</param>
    /// <returns>In seconds, with one decimal: <c>41.3 s</c>.</returns>
    public static string Text(TimeSpan length) => string.Create(CultureInfo.InvariantCulture, $"{length.TotalSeconds:0.0} s");
}
