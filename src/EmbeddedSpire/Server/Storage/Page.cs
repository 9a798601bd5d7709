using System.Globalization;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Server.Storage;

/// <summary>A part of a list. Tokens are row ids as decimal text, as in SPIRE; to clients they mean nothing.</summary>
/// <param name="Size">How many items at most; more than zero.</param>
/// <param name="After">The row id after which the page begins.</param>
internal sealed record Page(int Size, int After)
{
    /// <summary>Reads what a request asks for; null when it wants everything at once.</summary>
    /// <exception cref="DatastoreException">The token is not one of ours.</exception>
    public static Page? Of(int size, string token)
    {
        if (size <= 0)
        {
            return null;
        }

        if (token.Length == 0)
        {
            return new Page(size, 0);
        }

        return uint.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var after) && after <= int.MaxValue
            ? new Page(size, (int)after)
            : throw new DatastoreException(StatusCode.Unknown, $"datastore-sql: rpc error: code = InvalidArgument desc = could not parse token '{token}'");
    }

    /// <summary>Returns the token of the page that follows: every page with an item has one, also the last.</summary>
    public static string TokenAfter(Page? page, int? lastRow) =>
        page is null || lastRow is null ? string.Empty : lastRow.Value.ToString(CultureInfo.InvariantCulture);
}
