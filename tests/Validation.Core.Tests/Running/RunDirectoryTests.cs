using Validation.Core.Running;
using Validation.TestKit;

namespace Validation.Core.Tests.Running;

public sealed class RunDirectoryTests : IDisposable
{
    private readonly DirectoryInfo _reports = Directory.CreateTempSubdirectory("validation-test-");

    [Fact]
    public void Create_TwoRunsInOneSecond_GetTheirOwnFolders()
    {
        var first = RunDirectory.Create(_reports, "quick-start", ManualClock.Start);
        var second = RunDirectory.Create(_reports, "quick-start", ManualClock.Start);

        first.Root.Name.Should().Be("2026-11-20T12-00-00Z");
        second.Root.Name.Should().Be("2026-11-20T12-00-00Z-2");
    }

    [Fact]
    public void Create_Latest_PointsToTheNewestRun()
    {
        RunDirectory.Create(_reports, "quick-start", ManualClock.Start);
        var newest = RunDirectory.Create(_reports, "quick-start", ManualClock.Start.AddMinutes(1));

        new FileInfo(Path.Combine(_reports.FullName, "quick-start", "latest")).LinkTarget.Should().Be(newest.Root.Name);
    }

    [Fact]
    public void Open_NotTheFolderOfARun_IsRefused() =>
        _reports.Invoking(RunDirectory.Open).Should().Throw<HarnessException>().WithMessage("*has no plan.json*");

    public void Dispose() => _reports.Delete(recursive: true);
}
