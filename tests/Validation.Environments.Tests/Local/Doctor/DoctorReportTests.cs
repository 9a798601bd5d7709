using Validation.Environments.Local.Doctor;

namespace Validation.Environments.Tests.Local.Doctor;

public sealed class DoctorReportTests
{
    private static readonly Prerequisite Met = new("nft", PrerequisiteState.Met, "1.0.6");
    private static readonly Prerequisite Doubtful = new("processors", PrerequisiteState.Doubtful, "1", "Use 2.");

    [Fact]
    public void InstallCommand_SeveralMissing_NamesEachPackageOnce()
    {
        var report = new DoctorReport([Met, Missing("unshare", "util-linux"), Missing("setsid", "util-linux"), Missing("etcd", "etcd-server")]);

        report.InstallCommand.Should().Be("sudo apt-get install --no-install-recommends util-linux etcd-server");
    }

    [Fact]
    public void InstallCommand_MissingWhatNoPackageBrings_IsNull() =>
        new DoctorReport([Met, new Prerequisite("namespaces", PrerequisiteState.Missing, "refused", "Be root.")]).InstallCommand.Should().BeNull();

    [Fact]
    public void CanWork_NothingMissing_IsTrueInSpiteOfDoubts() => new DoctorReport([Met, Doubtful]).CanWork.Should().BeTrue();

    [Fact]
    public void CanWork_OneMissing_IsFalse() => new DoctorReport([Met, Missing("etcd", "etcd-server")]).CanWork.Should().BeFalse();

    private static Prerequisite Missing(string name, string package) =>
        new(name, PrerequisiteState.Missing, "not installed", $"Install {package}.", package);
}
