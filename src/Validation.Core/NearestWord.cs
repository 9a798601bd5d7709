namespace Validation.Core;

/// <summary>Finds what somebody probably meant to write.</summary>
public static class NearestWord
{
    // Beyond a third of the word the two merely share letters; "did you mean" would be a guess.
    private const double LargestShareOfEdits = 0.34;

    /// <summary>Returns the known word that is nearest to the one that was written.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="known">The words that are allowed.</param>
    /// <returns>The nearest known word, or null when none is near enough to be a likely slip.</returns>
    public static string? To(string written, IEnumerable<string> known)
    {
        var best = (Word: (string?)null, Distance: int.MaxValue);
        foreach (var word in known)
        {
            var distance = Distance(written.ToLowerInvariant(), word.ToLowerInvariant());
            if (distance < best.Distance)
            {
                best = (word, distance);
            }
        }

        var allowed = Math.Max(1, (int)(Math.Max(written.Length, best.Word?.Length ?? 0) * LargestShareOfEdits));
        return best.Distance <= allowed ? best.Word : null;
    }

    /// <summary>Returns <c> Did you mean 'x'?</c> with a leading blank, or nothing when no known word is near.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="known">The words that are allowed.</param>
    public static string Suggestion(string written, IEnumerable<string> known) =>
        To(written, known) is { } word ? $" Did you mean '{word}'?" : string.Empty;

    // Optimal string alignment: like Levenshtein, but two swapped neighbours count as one slip.
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            d[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            d[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), substitution);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
