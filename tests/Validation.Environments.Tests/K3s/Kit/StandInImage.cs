using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Tests.K3s.Kit;

/// <summary>An image that imitates K3s just enough for containers to come and go: made of a static busybox, pulled from nowhere.</summary>
internal static class StandInImage
{
    public const string Reference = "validation/k3s-stand-in:1";

    private const string K3s =
        """
        #!/bin/sh
        if [ "$1" = server ]; then mkdir -p /etc/rancher/k3s; echo 'server: https://127.0.0.1:6443' > /etc/rancher/k3s/k3s.yaml; fi
        trap 'exit 0' TERM
        while :; do sleep 1; done
        """;

    private static readonly string[] Applets = ["sh", "mkdir", "cat", "sleep"];

    /// <summary>Skips the test when there is no engine, or nothing to make an image of; else makes it.</summary>
    public static async Task RequireAsync()
    {
        var docker = ProgramFinder.Find("docker");
        Skip.If(docker is null, "no docker in PATH");
        Skip.If(await RunAsync(docker!, ["version", "--format={{.Server.Version}}"], null) != 0, "no Docker engine answers");
        var busybox = ProgramFinder.Find("busybox");
        Skip.If(busybox is null, "no busybox in PATH (package busybox-static), of which the stand-in image is made");
        using var image = await PackAsync(busybox!);
        (await RunAsync(docker!, ["import", "--change", "ENTRYPOINT [\"/bin/k3s\"]", "--change", "ENV PATH=/bin", "-", Reference], image)).Should().Be(0);
        Skip.If(
            await RunAsync(docker!, ["run", "--rm", "--privileged", "--entrypoint", "/bin/cat", Reference, "/bin/k3s"], null) != 0,
            "the Docker engine may not run privileged containers, or busybox is not static");
    }

    private static async Task<MemoryStream> PackAsync(string busybox)
    {
        var image = new MemoryStream();
        await using (var tar = new TarWriter(image, leaveOpen: true))
        {
            await using var program = File.OpenRead(busybox);
            await tar.WriteEntryAsync(Executable("bin/busybox", program));
            await tar.WriteEntryAsync(Executable("bin/k3s", new MemoryStream(Encoding.ASCII.GetBytes(K3s + "\n"))));
            foreach (var applet in Applets)
            {
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{applet}") { LinkName = "busybox" });
            }
        }

        image.Position = 0;
        return image;
    }

    private static PaxTarEntry Executable(string name, Stream content) => new(TarEntryType.RegularFile, name)
    {
        Mode = UnixFileMode.UserRead | UnixFileMode.UserExecute,
        DataStream = content,
    };

    private static async Task<int> RunAsync(string docker, IEnumerable<string> arguments, Stream? input)
    {
        using var process = Process.Start(new ProcessStartInfo(docker, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (input is not null)
        {
            await input.CopyToAsync(process.StandardInput.BaseStream);
        }

        process.StandardInput.Close();
        await Task.WhenAll(output, errors, process.WaitForExitAsync()).WaitAsync(TimeSpan.FromMinutes(1));
        return process.ExitCode;
    }
}
