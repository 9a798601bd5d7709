using System.CommandLine;
using Validation.Cli.Commands;
using Validation.Core;
using Validation.Environments.Local.Sandbox;

namespace Validation.Cli;

/// <summary>The command line: which commands there are, and how each kind of trouble ends the process.</summary>
public sealed class CommandLine
{
    private readonly CliHost _host;
    private readonly RootCommand _root;

    /// <summary>Creates the command line.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="interior">The sandbox this process is the first process of; null outside of sandboxes.</param>
    public CommandLine(CliHost host, SandboxInterior? interior)
    {
        _host = host;
        _root = new RootCommand("Asks a highly available SPIFFE/SPIRE stack questions under load and faults, and judges the answers.")
        {
            RunCommand.Create(host, interior),
            CapacityCommand.Create(host, interior),
            PlanCommand.Create(host),
            JudgeCommand.Create(host),
            ReportCommand.Create(host),
            CompareCommand.Create(host),
            HistoryCommand.Create(host),
            UpCommand.Create(host, interior),
            StackCommands.Down(host),
            StackCommands.Status(host),
            StackCommands.Logs(host),
            WorkerCommand.Create(host),
            ImpairerCommand.Create(),
            ThrottlerCommand.Create(),
            RecoverCommand.Create(host),
            DoctorCommand.Create(host),
            ListCommand.Create(host),
            BenchCommand.Create(host),
            BenchServerCommand.Create(host),
            HandCommands.Relay(host),
            HandCommands.NodeHelper(host),
        };
    }

    /// <summary>Returns what is wrong with arguments, without running anything.</summary>
    /// <param name="arguments">The arguments.</param>
    public IReadOnlyList<string> ProblemsIn(string[] arguments) => [.. _root.Parse(arguments).Errors.Select(error => error.Message)];

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="cancellationToken">Ends the command early.</param>
    public async Task<ExitCode> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var parsed = _root.Parse(arguments);
        var configuration = new InvocationConfiguration
        {
            Output = _host.Output,
            Error = _host.Errors,
            EnableDefaultExceptionHandler = false,

            // Signals reach us through the sandbox, which forwards them; a command that should end early is told by its token.
            ProcessTerminationTimeout = null,
        };
        try
        {
            if (parsed.Errors.Count > 0)
            {
                await parsed.InvokeAsync(configuration, cancellationToken);
                return ExitCode.InvalidInput;
            }

            return (ExitCode)await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (HarnessException trouble)
        {
            await _host.Errors.WriteLineAsync(trouble.Message);
            if (trouble.Hint is { } hint)
            {
                await _host.Errors.WriteLineAsync($"→ {hint}");
            }

            return trouble.ExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await _host.Errors.WriteLineAsync("Interrupted.");
            return ExitCode.Inconclusive;
        }
        catch (UnauthorizedAccessException refused)
        {
            await _host.Errors.WriteLineAsync(refused.Message);
            await _host.Errors.WriteLineAsync("→ Change who may use it; reports can go to another folder with --reports.");
            return ExitCode.EnvironmentFailed;
        }
        catch (Exception bug)
        {
            await _host.Errors.WriteLineAsync("This is a bug in the harness, not in your stack or your scenario. Please report it with these lines:");
            await _host.Errors.WriteLineAsync(bug.ToString());
            return ExitCode.Inconclusive;
        }
    }
}
