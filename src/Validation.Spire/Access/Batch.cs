using Spire.Wire.Contracts.Types;

namespace Validation.Spire.Access;

/// <summary>Answers to requests that could be for many and are for one.</summary>
internal static class Batch
{
    /// <summary>Returns the only result of a batch of one.</summary>
    /// <typeparam name="T">The kind of result.</typeparam>
    /// <param name="results">The results.</param>
    /// <param name="status">Finds the status of a result.</param>
    /// <exception cref="WrongAnswerException">There is not exactly one, or it does not say how it ended.</exception>
    public static T OnlyResult<T>(IReadOnlyList<T> results, Func<T, Status?> status)
    {
        if (results.Count != 1)
        {
            throw new WrongAnswerException($"The server gave {results.Count} results for one request.");
        }

        return status(results[0]) is null ? throw new WrongAnswerException("The server's result has no status.") : results[0];
    }
}
