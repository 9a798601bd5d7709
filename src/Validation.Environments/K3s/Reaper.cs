using System.Text;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.K3s;

/// <summary>Removes a cluster when the harness ends without having done so, by whatever signal.</summary>
/// <remarks>
/// A shell in a session of its own that waits for a pipe: the kernel closes it when the harness ends. So it needs no
/// PID to watch, no file and no time-out, and it ends with the harness. A docker command that the harness had given
/// goes on without it, so the reaper looks again for a while. What it cannot see (it was killed too, the machine
/// failed) the next run finds by the labels.
/// </remarks>
internal sealed class Reaper : IAsyncDisposable
{
    /// <summary>What it runs. Its arguments are docker, the filter, and how often it looks.</summary>
    private const string Script =
        """
        trap '' HUP INT TERM
        if read -r line && [ "$line" = done ]; then exit 0; fi
        exec >/dev/null 2>&1
        n=0
        while [ "$n" -lt "$3" ]; do
          for container in $("$1" ps --all --quiet "$2"); do "$1" rm --force --volumes "$container"; done
          for network in $("$1" network ls --quiet "$2"); do "$1" network rm "$network"; done
          n=$((n + 1))
          sleep 1
        done
        """;

    private const int Looks = 10;

    private readonly IToolSession _shell;

    private Reaper(IToolSession shell) => _shell = shell;

    /// <summary>Starts it. From now on the cluster ends with this process.</summary>
    /// <param name="docker">The full path of docker.</param>
    /// <param name="names">The cluster's names.</param>
    /// <param name="time">The clock.</param>
    public static Reaper Start(string docker, K3sNames names, TimeProvider time) => new(ToolProcess.Open(
        [ProgramFinder.Require("setsid"), "--wait", "/bin/sh", "-c", Script, "validation-reaper", docker, names.Filter, $"{Looks}"],
        readsInput: true,
        new SecretMask(),
        time));

    /// <summary>Tells it that nothing is left to do.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _shell.Input.WriteAsync(Encoding.ASCII.GetBytes("done\n"));
            await _shell.Input.FlushAsync();
        }
        catch (IOException)
        {
            // Somebody has ended it; there is nothing to tell.
        }

        await _shell.DisposeAsync();
    }
}
