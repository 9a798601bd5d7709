using System.Globalization;
using System.Reflection;
using Validation.Environments.Local.Control;
using Validation.Environments.Local.Doctor;
using Validation.Environments.Local.Impairing;
using Validation.Environments.Local.Resources;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Tests.Kit;
using Validation.Environments.Tests.Live;

namespace Validation.Environments.Tests;

/// <summary>
/// The program that system tests put into a sandbox: <c>outer TYPE METHOD ARGUMENTS…</c> makes the sandbox,
/// <c>inner TYPE METHOD ARGUMENTS…</c> runs that static method in it, <c>detached NAME TYPE METHOD ARGUMENTS…</c> makes
/// one that lives on. <c>list</c>, <c>doctor</c> and <c>trial</c> print what this user sees; <c>server</c> and
/// <c>agent</c> stand in for SPIRE's programs, <c>impairer</c> and <c>throttler</c> are the harness' own, <c>node-helper</c> and <c>other-harness</c> for programs in a cluster,
/// <c>reaped-harness</c> for a harness that is killed while its cluster is up.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        try
        {
            return arguments switch
            {
                ["outer", .. var rest] => await SandboxHost.RunAsync(["inner", .. rest], CancellationToken.None),
                ["detached", var name, .. var rest] => await StartDetachedAsync(name, rest),
                ["inner", var type, var method, .. var rest] => await RunInsideAsync(type, method, rest),
                ["list"] => List(),
                ["doctor"] => await DoctorSystemTests.PrintAsync(),
                ["trial"] => await TryKernelAsync(),
                ["node-helper", var cgroups] => await OtherHarness.HelpAsync(cgroups),
                [Impairer.Command] => await ImpairAsync(),
                [Throttler.Command, var node, var share, var lease] => await ThrottleAsync(node, share, lease),
                ["reaped-harness", var docker] => await K3s.ReaperTests.HoldAsync(docker),
                ["other-harness", .. var rest] => await OtherHarness.CutAsync(rest),
                ["server", "run", "-config", var file] => await MiniatureSpire.RunServerAsync(new FileInfo(file)),
                ["agent", "run", "-config", var file] => await MiniatureSpire.RunAgentAsync(new FileInfo(file)),
                _ => (int)ExitCode.InvalidInput,
            };
        }
        catch (HarnessException error)
        {
            await Console.Error.WriteLineAsync($"{error.Message} {error.Hint}");
            return (int)error.ExitCode;
        }
    }

    private static async Task<int> StartDetachedAsync(string name, string[] arguments)
    {
        await SandboxHost.StartDetachedAsync(name, ["inner", .. arguments], new ToConsole(), CancellationToken.None);
        Console.WriteLine("ready");
        return 0;
    }

    private static async Task<int> ImpairAsync()
    {
        await Impairer.RunAsync(Console.In, Console.Out, CancellationToken.None);
        return 0;
    }

    private static async Task<int> ThrottleAsync(string node, string share, string lease)
    {
        var (most, limit) = (double.Parse(share, CultureInfo.InvariantCulture), TimeSpan.FromSeconds(double.Parse(lease, CultureInfo.InvariantCulture)));
        await Throttler.RunAsync(Console.In, Console.Out, node, most, limit, TimeProvider.System);
        return 0;
    }

    private static int List()
    {
        Console.WriteLine(string.Join('\n', RunningStack.FindAll().Select(stack => stack.Name)));
        return 0;
    }

    private static async Task<int> TryKernelAsync()
    {
        var refused = (await SandboxTrial.RunAsync(CancellationToken.None)).Where(step => step.State == PrerequisiteState.Missing);
        Console.WriteLine(string.Join("; ", refused.Select(step => $"{step.Name}: {step.Seen}")));
        return 0;
    }

    private static async Task<int> RunInsideAsync(string type, string method, string[] arguments)
    {
        using var interior = SandboxInterior.Enter(TimeProvider.System);
        var body = Assembly.GetExecutingAssembly().GetType(type)!
            .GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!;
        try
        {
            await (Task)body.Invoke(null, [interior, arguments])!;
            return 0;
        }
        catch (Exception error)
        {
            await Console.Error.WriteLineAsync(error.ToString());
            return 1;
        }
    }

    private sealed class ToConsole : IProgress<string>
    {
        public void Report(string value) => Console.WriteLine(value);
    }
}
