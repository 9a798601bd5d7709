using System.Globalization;
using Microsoft.Playwright;

namespace Validation.Reporting.Tests;

[Trait("Kind", "Browser")]
public sealed class HtmlReportInBrowserTests : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("validation-report-");
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (File.Exists(Chromium))
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Headless = true, Args = Arguments });
        }
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        _folder.Delete(recursive: true);
    }

    [SkippableTheory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Open_WithoutScripts_ShowsTheVerdictFirstAndAsksForNothingElse(ColorScheme scheme)
    {
        var (page, troubles, requests) = await OpenAsync(TestRuns.QuickStart, scheme);

        (await page.Locator("h1").InnerTextAsync()).Should().Be("✗ FAIL");
        (await BoxOf(page.Locator("h1"))).Y.Should().BeLessThan(150, "the verdict stands on the first screen");
        (await page.Locator(".findings tbody tr").Nth(1).Locator(".verdict").InnerTextAsync()).Should().Be("✗ fail", "what went wrong comes first");
        troubles.Should().BeEmpty();
        requests.Should().OnlyContain(url => url.StartsWith("file:") || url.StartsWith("data:"));
    }

    [SkippableFact]
    public async Task Open_EveryLoad_HasItsTimeline()
    {
        var (page, _, _) = await OpenAsync(TestRuns.QuickStart, ColorScheme.Light);

        foreach (var load in TestRuns.QuickStart.Recording.Plan.Loads)
        {
            var box = await BoxOf(page.Locator($"svg.timeline[data-load='{load.Name}']"));
            box.Width.Should().BeGreaterThan(900);
            box.Height.Should().BeGreaterThan(250);
        }
    }

    [SkippableFact]
    public async Task Open_FaultWindows_StandWhereTheyHappened()
    {
        var (page, _, _) = await OpenAsync(TestRuns.QuickStart, ColorScheme.Light);
        var timeline = page.Locator("svg.timeline[data-load='attest']");
        var phases = await BoxesOf(timeline.Locator("rect.phase"));
        var (left, right) = (phases[0].X, phases[^1].X + phases[^1].Width);

        // The axis goes from 26 s, when the loads began, to 120 s, when the last phase ended.
        double X(double seconds) => left + ((seconds - 26) / (120 - 26) * (right - left));

        foreach (var (fault, from, to) in new[] { ("server-killed/kill", 39.1, 41.9), ("server-cut-off/partition", 53.4, 58.4), ("database-lost/database-failover", 71.3, 93.2) })
        {
            var bar = await BoxOf(timeline.Locator($"rect.force[data-fault='{fault}']"));
            ((double)bar.X).Should().BeApproximately(X(from), 2, $"{fault} was in force from {from} s");
            ((double)bar.X + bar.Width).Should().BeApproximately(X(to), 2, $"{fault} began to heal at {to} s");
        }

        var shades = await BoxesOf(timeline.Locator("rect.shade.fault"));
        shades.Should().HaveCount(6, "three faults are shaded in two panels");
        ((double)shades[2].X).Should().BeApproximately(X(71.3), 2);
        ((double)shades[2].Width).Should().BeApproximately(X(93.2) - X(71.3), 2);
    }

    [SkippableFact]
    public async Task Open_OnAPhone_DoesNotScrollThePageSideways()
    {
        var (page, _, _) = await OpenAsync(TestRuns.QuickStart, ColorScheme.Light, width: 390);

        (await BoxOf(page.Locator("main"))).Width.Should().BeLessThanOrEqualTo(390);
        (await BoxOf(page.Locator("header.banner"))).Width.Should().BeLessThanOrEqualTo(390);
    }

    [SkippableFact]
    public async Task Open_HostileTexts_RunNothing()
    {
        var (page, troubles, _) = await OpenAsync(TestRuns.Judged(HostileRun.Recording()), ColorScheme.Light, scripts: true);

        (await page.Locator("script").CountAsync()).Should().Be(0);
        troubles.Should().BeEmpty();
    }

    private async Task<(IPage Page, List<string> Troubles, List<string> Requests)> OpenAsync(
        JudgedRun run, ColorScheme scheme, int width = 1240, bool scripts = false)
    {
        Skip.If(_browser is null, $"needs {Chromium}");
        var file = Path.Combine(_folder.FullName, string.Create(CultureInfo.InvariantCulture, $"{scheme}-{width}.html"));
        await File.WriteAllTextAsync(file, HtmlReport.Write(run));
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            JavaScriptEnabled = scripts,
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
        });
        var page = await context.NewPageAsync();
        var (troubles, requests) = (new List<string>(), new List<string>());
        page.Console += (_, message) => troubles.Add(message.Text);
        page.PageError += (_, error) => troubles.Add(error);
        page.Dialog += (_, dialog) => troubles.Add(dialog.Message);
        page.Request += (_, request) => requests.Add(request.Url);
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        if (Environment.GetEnvironmentVariable("KEEP_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"report-{scheme}-{width}.png"), FullPage = true });
        }

        return (page, troubles, requests);
    }

    private static async Task<LocatorBoundingBoxResult> BoxOf(ILocator locator) =>
        await locator.BoundingBoxAsync() ?? throw new InvalidOperationException("It is not visible.");

    private static async Task<IReadOnlyList<LocatorBoundingBoxResult>> BoxesOf(ILocator locator)
    {
        var boxes = new List<LocatorBoundingBoxResult>();
        foreach (var one in await locator.AllAsync())
        {
            boxes.Add(await BoxOf(one));
        }

        return boxes;
    }
}
