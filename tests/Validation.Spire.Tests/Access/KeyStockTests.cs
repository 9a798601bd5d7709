using Spire.Wire.Certificates;
using Validation.Core;
using Validation.Core.Running;
using Validation.Spire.Access;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Access;

public sealed class KeyStockTests
{
    private readonly Notebook _notebook = new();
    private readonly AsyncLocal<bool> _taking = new();

    [Fact]
    public async Task Start_AtSomeRate_HasKeysForFiveSecondsOfIt()
    {
        await using var stock = await StartAsync(new Rate(10));

        stock.Count.Should().BeGreaterThanOrEqualTo(50);
    }

    [Fact]
    public async Task Take_AKey_HasARequestForIt()
    {
        await using var stock = await StartAsync(new Rate(1));

        var prepared = stock.Take();

        SigningRequest.Parse(prepared.Request).PublicKey.ToArray().Should().Equal(prepared.Key.ExportSubjectPublicKeyInfo());
        _notebook.Facts.Should().BeEmpty();
    }

    [Fact]
    public async Task Take_MoreThanThereAre_AreDifferentAndTheStockRefills()
    {
        await using var stock = await StartAsync(new Rate(1));

        var keys = Enumerable.Range(0, 200).Select(_ => Convert.ToHexString(stock.Take().Request)).ToList();

        keys.Should().OnlyHaveUniqueItems();
        await UntilAsync(() => stock.Count == 32);
    }

    [Fact]
    public async Task Take_StockIsEmpty_MakesAKeyAndSaysSoOnce()
    {
        using var gate = new ManualResetEventSlim(initialState: true);
        await using var stock = await KeyStock.StartAsync(
            "load",
            new Rate(1),
            key =>
            {
                // Only the stock's own maker is held up, not who takes a key.
                if (!_taking.Value)
                {
                    gate.Wait(TimeSpan.FromSeconds(20));
                }

                return SigningRequest.ForAgent(key);
            },
            _notebook,
            CancellationToken.None);
        await UntilAsync(() => stock.Count == 32);
        gate.Reset();
        _taking.Value = true;

        for (var i = 0; i < 40; i++)
        {
            stock.Take().Key.Dispose();
        }

        gate.Set();
        _notebook.Facts.Should().Equal(new Trouble("keys of 'load'", "The stock ran empty; some keys were made while their operation was measured."));
    }

    [Fact]
    public async Task Start_Cancelled_Ends()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        var starting = () => KeyStock.StartAsync("load", new Rate(1_000), SigningRequest.ForAgent, _notebook, cancelled.Token);

        await starting.Should().ThrowAsync<OperationCanceledException>();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }

    private Task<KeyStock> StartAsync(Rate rate) => KeyStock.StartAsync("load", rate, SigningRequest.ForAgent, _notebook, CancellationToken.None);
}
