using System.Globalization;
using Validation.TestKit.Recordings;

namespace EmbeddedSpire.Tests.Server.Conformance;

/// <summary>Who made which of the recorded calls. The recordings do not say, their notes do.</summary>
internal static class Cast
{
    public const string Socket = "socket";
    public const string Nobody = "nobody";

    /// <summary>Is nobody either, but calls from one address all the time.</summary>
    public const string Newcomer = "newcomer";

    /// <summary>Has another certificate authority than the servers.</summary>
    public const string Foreigner = "foreigner";

    /// <summary>Takes the server for a stranger.</summary>
    public const string Distrustful = "distrustful";

    /// <summary>Stands before the name of somebody who speaks to the second server.</summary>
    public const string AtSecond = "b:";
    /// <summary>Stands before the name of somebody who speaks to the third server.</summary>
    public const string AtThird = "c:";

    private static readonly Dictionary<string, string> Parts = new()
    {
        ["01"] = "1-7 socket, 8-28 nobody",
        ["02"] = "1-13 nobody",
        ["03"] = "1-3 main0, 4 main1, 5 main, 6-7 main0, 8 node1, 9 node1-before, 10 node1, 11-13 main",
        ["04"] = "1-28 main",
        ["05"] = "1-35 socket",
        ["06"] = "1 nobody, 2 main, 3-4 socket, 5-6 main, 7 nobody, 8 socket, 9 main, 10-14 socket",
        ["07"] = "1-6 main, 7 node1, 8 idle",
        ["08"] = "1 busy",
        ["09"] = "1-11 main, 12-15 socket",
        ["10"] = "1-5 nobody, 6 main, 7 socket, 8-9 admin, 10-12 workload, 13 admin, 14 socket, 15 nobody, 16-18 socket, 19-20 main, 21 foreigner, 22 distrustful",
        ["11"] = "1-7 socket, 8 nobody, 9 node3, 10 socket, 11-12 node3, 13 nobody, 14 b:node3, 15-16 socket, 17-18 node3, 19 nobody, 20-21 socket",
        ["12"] = "1-3 newcomer",
        ["15"] = "1-27 c:socket",
        ["16"] = "1-8 socket, 9-10 main",
    };

    /// <summary>The calls whose certificate somebody uses later.</summary>
    private static readonly Dictionary<string, string> Roles = new()
    {
        ["01/8"] = "main0",
        ["02/1"] = "node1-before",
        ["02/3"] = "node1",
        ["03/1"] = "main1",
        ["03/2"] = "main",
        ["09/1"] = "workload",
        ["09/12"] = "admin",
        ["11/8"] = "node3",
    };

    public static IEnumerable<string> Conversations => Parts.Keys.Order(StringComparer.Ordinal);

    /// <summary>Returns who made a call.</summary>
    public static string CallerOf(RecordedCall call)
    {
        foreach (var part in Parts[call.Conversation[..2]].Split(", "))
        {
            var (range, name) = (part.Split(' ')[0], part.Split(' ')[1]);
            var limits = range.Split('-').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToList();
            if (call.Number >= limits[0] && call.Number <= limits[^1])
            {
                return name;
            }
        }

        throw new InvalidOperationException($"Nobody is cast for {call.Name}.");
    }

    /// <summary>Returns who keeps the certificate that a call brings; null when nobody does.</summary>
    public static string? KeeperOf(RecordedCall call) => Roles.GetValueOrDefault(call.Name);
}
