using Validation.Environments.K3s;
using Validation.TestKit;

namespace Validation.Environments.Tests.K3s.Kit;

/// <summary>An engine, as far as recorded commands can be one: it has all images and nothing of the harness.</summary>
internal static class K3sStage
{
    public static K3sOptions Options { get; } = new() { Environments = new DirectoryInfo(Path.Combine(Repository.Root.FullName, "environments")) };

    public static RecordingDocker Engine() => new RecordingDocker()
        .Answer("version", "20.10.24\n")
        .Answer("image inspect", "sha256:1\n")
        .Answer("ps --all", string.Empty)
        .Answer("network ls", string.Empty)
        .Answer("network create", "1a\n")
        .Answer("network inspect", "172.31.0.0/16\n\n")
        .Answer("network rm", string.Empty)
        .Answer("create", "2b\n")
        .Answer("start", string.Empty)
        .Answer("inspect", "running 0 4711 2026-11-20T12:00:00.1Z\n")
        .Answer("exec", string.Empty)
        .Answer("port", "127.0.0.1:40001\n")
        .Answer("logs", "level=fatal msg=\"no space left\"\n");

    public static K3sEnvironment Environment(RecordingDocker docker, Reaping reaping, K3sOptions? options = null) =>
        new(options ?? Options, docker, _ => reaping.Begin(), TimeProvider.System);

    /// <summary>Remembers whether a reaper was started, and whether it was told that all is done.</summary>
    public sealed class Reaping : IAsyncDisposable
    {
        public bool HasBegun { get; private set; }

        public bool IsDone { get; private set; }

        public Reaping Begin()
        {
            HasBegun = true;
            return this;
        }

        public ValueTask DisposeAsync()
        {
            IsDone = true;
            return ValueTask.CompletedTask;
        }
    }
}
