namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>A file of one test, in a directory of its own. It does not exist until somebody writes it.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("embedded-spire-");

    public TemporaryFile(string name) => Path = System.IO.Path.Combine(_directory.FullName, name);

    public string Path { get; }

    public void Dispose() => _directory.Delete(recursive: true);
}
