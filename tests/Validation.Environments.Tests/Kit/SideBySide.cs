using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Tests.Kit;

/// <summary>Bodies of tests that do little but wait, each in a sandbox of its own: all begin with the first that is asked for.</summary>
/// <param name="user">As whom.</param>
/// <param name="bodies">The bodies: static methods.</param>
internal sealed class SideBySide(As user, params Func<SandboxInterior, string[], Task>[] bodies)
{
    private readonly Lazy<Dictionary<Func<SandboxInterior, string[], Task>, Task>> _begun =
        new(() => bodies.ToDictionary(body => body, Task (body) => Sandboxed.RunAsync(user, body)));

    /// <summary>Waits for the end of one of them, which must not throw.</summary>
    /// <param name="body">Which.</param>
    public async Task RunAsync(Func<SandboxInterior, string[], Task> body)
    {
        Sandboxed.SkipUnlessPossible(user);
        await _begun.Value[body];
    }
}
