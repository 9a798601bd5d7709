using System.Reflection;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Tests;

/// <summary>
/// The program that system tests put into a sandbox: <c>outer TYPE METHOD ARGUMENTS…</c> makes the sandbox,
/// <c>inner TYPE METHOD ARGUMENTS…</c> runs that static method in it.
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
                ["inner", var type, var method, .. var rest] => await RunInsideAsync(type, method, rest),
                _ => (int)ExitCode.InvalidInput,
            };
        }
        catch (HarnessException error)
        {
            await Console.Error.WriteLineAsync($"{error.Message} {error.Hint}");
            return (int)error.ExitCode;
        }
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
}
