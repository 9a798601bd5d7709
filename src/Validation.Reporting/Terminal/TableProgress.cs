using System.Threading.Channels;
using Spectre.Console;
using Spectre.Console.Rendering;
using Validation.Core;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Terminal;

/// <summary>Progress for terminals: what happens scrolls by above a table of the loads that is drawn anew every second.</summary>
internal sealed class TableProgress : IProgressView
{
    private readonly Channel<IRenderable> _news = Channel.CreateUnbounded<IRenderable>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _showing;

    /// <summary>Takes the lower part of the terminal until it is disposed.</summary>
    /// <param name="console">The terminal.</param>
    public TableProgress(IAnsiConsole console) =>
        _showing = console.Live(new Text(string.Empty)).AutoClear(true).StartAsync(context => ShowAsync(console, context));

    /// <inheritdoc/>
    public void Say(Line line) => _news.Writer.TryWrite(line);

    /// <inheritdoc/>
    public void Wait(string text) => _news.Writer.TryWrite(new Text(text, Styles.Soft));

    /// <inheritdoc/>
    public void Tick(ProgressState state, TimeSpan at) => _news.Writer.TryWrite(Draw(state));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _news.Writer.TryComplete();
        try
        {
            await _showing;
        }
        catch (IOException)
        {
            // The terminal is gone; the run and its reports are not.
        }
    }

    // Lines go above the table, everything else takes the table's place.
    private async Task ShowAsync(IAnsiConsole console, LiveDisplayContext context)
    {
        await foreach (var news in _news.Reader.ReadAllAsync())
        {
            if (news is Line line)
            {
                console.Write(line);
            }
            else
            {
                context.UpdateTarget(news);
            }
        }
    }

    private static Rows Draw(ProgressState state)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("load");
        foreach (var name in new[] { "planned", "ok", "failed", "under way", "p99 now" })
        {
            table.AddColumn(new TableColumn(name).RightAligned());
        }

        foreach (var tick in state.Loads)
        {
            var isFailing = state.FailedLately(tick.Load) > 0;
            table.AddRow(
                new Text(tick.Load),
                new Text(Wording.Number(tick.Planned)),
                new Text(Wording.Number(tick.Succeeded)),
                new Text(Wording.Number(tick.Failed), isFailing ? Styles.Of(Verdict.Fail) : Style.Plain),
                new Text(Wording.Number(Math.Max(0, tick.Planned - tick.Succeeded - tick.Failed))),
                new Text(tick.P99 is { } p99 ? Duration.Format(p99) : "–"));
        }

        var faults = state.FaultsInForce.Count == 0 ? string.Empty : $"  in force: {string.Join(", ", state.FaultsInForce)}";
        var status = new Paragraph()
            .Append($"{Wording.Moment(state.Now),8}  ", Styles.Soft)
            .Append(state.PhaseText(), Styles.Strong)
            .Append(faults, Styles.Fault);
        return new Rows(status, table);
    }
}
