using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>Brings images from the engine into Kubernetes nodes, without a registry and without a file.</summary>
/// <remarks>They are read once and written to all nodes at the same time: layers that images share go over once.</remarks>
internal sealed class ImageTransfer
{
    private const int Chunk = 1024 * 1024;

    private readonly IDocker _docker;

    /// <summary>Creates it.</summary>
    /// <param name="docker">The program.</param>
    public ImageTransfer(IDocker docker) => _docker = docker;

    /// <summary>Transfers images.</summary>
    /// <param name="images">The images; the engine has all of them.</param>
    /// <param name="containers">The containers of the Kubernetes nodes.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="HarnessException">The engine did not give them, or a node did not take them; its own words are in the message.</exception>
    public async Task RunAsync(IReadOnlyList<NamedImage> images, IReadOnlyList<string> containers, CancellationToken cancellationToken)
    {
        var save = K3sCommands.SaveImages(images);
        var imports = containers.Select(container => (Command: K3sCommands.ImportImages(container), Session: _docker.Open(K3sCommands.ImportImages(container)))).ToArray();
        try
        {
            await using var source = _docker.Open(save);
            await CopyAsync(source.Output, [.. imports.Select(import => import.Session)], cancellationToken);
            Require(save, await source.Ended.WaitAsync(cancellationToken));
            foreach (var (command, session) in imports)
            {
                session.Input.Close();
                Require(command, await session.Ended.WaitAsync(cancellationToken));
            }
        }
        finally
        {
            foreach (var (_, session) in imports)
            {
                await session.DisposeAsync();
            }
        }
    }

    private static async Task CopyAsync(Stream source, IReadOnlyList<IToolSession> targets, CancellationToken cancellationToken)
    {
        // What importing prints is of no use, but nobody may wait for it to be read.
        var prints = targets.Select(target => target.Output.CopyToAsync(Stream.Null, cancellationToken)).ToArray();
        var chunk = new byte[Chunk];
        try
        {
            while (await source.ReadAsync(chunk, cancellationToken) is var read and > 0)
            {
                await Task.WhenAll(targets.Select(target => target.Input.WriteAsync(chunk.AsMemory(0, read), cancellationToken).AsTask()));
            }

            await Task.WhenAll(targets.Select(target => target.Input.FlushAsync(cancellationToken)));
        }
        catch (IOException)
        {
            // One of them ended before it had everything; its exit code and its own words say why.
        }
        finally
        {
            foreach (var target in targets)
            {
                Close(target.Input);
            }
        }

        await Task.WhenAll(prints);
    }

    private static void Close(Stream input)
    {
        try
        {
            input.Close();
        }
        catch (IOException)
        {
            // It ended with something of ours unread.
        }
    }

    private static void Require(DockerCommand command, ToolAnswer answer)
    {
        if (!answer.Succeeded)
        {
            throw DockerExtensions.Failure(command, answer);
        }
    }
}
