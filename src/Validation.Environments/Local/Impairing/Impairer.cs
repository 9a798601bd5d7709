using System.Net;
using System.Text.Json;
using Validation.Environments.Local.Impairing.Packets;

namespace Validation.Environments.Local.Impairing;

/// <summary>The process through which impaired packets go: one thread moves them, another takes orders.</summary>
/// <remarks>A process of its own, because the harness stops for its garbage while packets must not.</remarks>
public static class Impairer
{
    /// <summary>The argument by which a program of the harness is started as the impairer.</summary>
    public const string Command = "impairer";

    /// <summary>Carries out orders, one line of JSON each, until the input ends.</summary>
    /// <param name="input">Where orders come from.</param>
    /// <param name="output">Where reports go.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var loop = new PacketLoop(Detour.Device, Detour.RouterAddress);
        var moving = Task.Factory.StartNew(() => loop.Run(ended.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        // Reading from a console blocks; the end of the other task must be noticed all the same.
        var orders = Task.Run(() => ObeyAsync(loop, input, output, ended.Token), CancellationToken.None);
        await Task.WhenAny(moving, orders);
        await ended.CancelAsync();
        await moving;
        if (orders.IsCompleted)
        {
            await orders;
        }
    }

    private static async Task ObeyAsync(PacketLoop loop, TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        var impairments = new SortedDictionary<int, (ulong Pair, int? Port, ImpairmentModel Model)[]>();
        while (await input.ReadLineAsync(cancellationToken) is { } line)
        {
            ImpairmentModel[] counted = [];
            switch (JsonSerializer.Deserialize<ImpairerOrder>(line, HarnessJson.Lines))
            {
                case Impair impair:
                    impairments[impair.Id] =
                        [.. impair.Traffic.Select((traffic, stream) => (PairOf(traffic), traffic.Port, new ImpairmentModel(impair.Impairment, stream)))];
                    loop.Use(Arrange(impairments.Values));
                    break;
                case Heal heal:
                    impairments.Remove(heal.Id);
                    loop.Use(Arrange(impairments.Values));
                    break;
                case Count count:
                    counted = [.. impairments.GetValueOrDefault(count.Id, []).Select(impaired => impaired.Model)];
                    break;
            }

            var report = new ImpairerReport([.. counted.Select(model => new PairCount(model.Packets, model.Struck))], loop.Missed);
            await output.WriteLineAsync(JsonSerializer.Serialize(report, HarnessJson.Lines).AsMemory(), cancellationToken);
            await output.FlushAsync(cancellationToken);
        }
    }

    private static Dictionary<ulong, (int? Port, ImpairmentModel Model)[]> Arrange(IEnumerable<(ulong Pair, int? Port, ImpairmentModel Model)[]> impairments) =>
        impairments.SelectMany(impaired => impaired)
            .GroupBy(impaired => impaired.Pair)
            .ToDictionary(group => group.Key, group => group.Select(impaired => (impaired.Port, impaired.Model)).ToArray());

    private static ulong PairOf(ImpairedPair pair) =>
        Ipv4Frame.PairOf(IPAddress.Parse(pair.From).GetAddressBytes(), IPAddress.Parse(pair.To).GetAddressBytes());
}
