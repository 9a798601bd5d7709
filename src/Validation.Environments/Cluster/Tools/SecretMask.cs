using System.Text;

namespace Validation.Environments.Cluster.Tools;

/// <summary>Knows the secrets of a run and takes them out of everything that is shown or recorded.</summary>
/// <remarks>
/// Secrets go to the cluster by standard input alone. A program that refuses its input may quote it all the same.
/// </remarks>
internal sealed class SecretMask
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Mark = "•••";

    // Shorter ones would take harmless words apart; none of ours is that short.
    private const int Shortest = 8;

    private readonly Lock _gate = new();
    private readonly SortedSet<string> _secrets = new(Comparer<string>.Create((a, b) =>
        a.Length != b.Length ? b.Length.CompareTo(a.Length) : string.CompareOrdinal(a, b)));

    /// <summary>Adds a secret, as it is and as Kubernetes writes it in a Secret.</summary>
    /// <param name="secret">The secret; at least 8 characters.</param>
    /// <exception cref="ArgumentException">It is too short to be told from other words.</exception>
    public void Add(string secret)
    {
        if (secret.Length < Shortest)
        {
            throw new ArgumentException($"A secret of {secret.Length} characters cannot be masked.", nameof(secret));
        }

        lock (_gate)
        {
            _secrets.Add(secret);
            _secrets.Add(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)));
        }
    }

    /// <summary>Returns a text without the secrets.</summary>
    /// <param name="text">The text.</param>
    public string Hide(string text)
    {
        lock (_gate)
        {
            // The longest first: one may be a part of another.
            return _secrets.Aggregate(text, (left, secret) => left.Replace(secret, Mark, StringComparison.Ordinal));
        }
    }
}
