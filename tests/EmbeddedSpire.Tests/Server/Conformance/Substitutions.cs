using System.Text.RegularExpressions;

namespace EmbeddedSpire.Tests.Server.Conformance;

/// <summary>What stands today for what a real server drew at random then: tokens, ids, serial numbers, fingerprints.</summary>
/// <remarks>Learned from the answers. The same old value must always stand for the same new one.</remarks>
internal sealed partial class Substitutions
{
    private readonly Dictionary<string, string> _live = [];

    /// <summary>Compares two texts except for what is drawn at random, and learns that.</summary>
    /// <returns>Whether they say the same.</returns>
    public bool Agree(string recorded, string live)
    {
        if (recorded == live)
        {
            return true;
        }

        if (Random().Replace(recorded, "?") != Random().Replace(live, "?"))
        {
            return false;
        }

        var pairs = Random().Matches(recorded).Zip(Random().Matches(live), (old, now) => (old.Value, now.Value));
        return pairs.All(pair => Learn(pair.Item1, pair.Item2));
    }

    /// <summary>Notes that one value stands for another.</summary>
    /// <returns>False when a third one stands for it already.</returns>
    public bool Learn(string recorded, string live) => _live.TryAdd(recorded, live) || _live[recorded] == live;

    /// <summary>Returns a text with the values of today.</summary>
    public string Apply(string recorded) => Random().Replace(recorded, found => _live.GetValueOrDefault(found.Value, found.Value));

    /// <summary>Returns a text without what is drawn at random.</summary>
    public static string Blank(string text) => Random().Replace(text, "?");

    // A UUID; the fingerprint or identifier of a key; a serial number; the id of a JWT key.
    [GeneratedRegex(@"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{40}\b|\b[0-9]{30,40}\b|\b[A-Za-z0-9]{32}\b")]
    private static partial Regex Random();
}
