using System.Diagnostics;
using System.Text.Json;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Impairing;

/// <summary>The impairer as seen from the harness. It ends when its input does.</summary>
internal sealed class ImpairerProcess : IDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly Process _process;
    private readonly Task<string> _lastWords;
    private volatile bool _isGivenUp;

    private ImpairerProcess(Process process) => (_process, _lastWords) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>Gets its number.</summary>
    public int Id => _process.Id;

    /// <summary>Gets whether it can be spoken to.</summary>
    public bool IsAlive => !_isGivenUp && !_process.HasExited;

    /// <summary>Starts it.</summary>
    public static ImpairerProcess Start() => new(DotnetHost.StartOwn(Impairer.Command));

    /// <summary>Gives an order and waits for the report.</summary>
    /// <param name="order">The order.</param>
    /// <exception cref="HarnessException">It has ended, or it does not answer within 5 s; it is not spoken to again then.</exception>
    public async Task<ImpairerReport> TellAsync(ImpairerOrder order)
    {
        // Nobody but the limit may end this: an answer that was not waited for would be taken for the next one.
        using var limit = new CancellationTokenSource(AnswerLimit);
        await _gate.WaitAsync();
        try
        {
            if (!IsAlive)
            {
                throw new IOException(_lastWords.IsCompletedSuccessfully ? _lastWords.Result.Trim() : "it was given up");
            }

            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order, HarnessJson.Lines).AsMemory(), limit.Token);
            await _process.StandardInput.FlushAsync(limit.Token);
            var line = await _process.StandardOutput.ReadLineAsync(limit.Token)
                ?? throw new IOException((await _lastWords.WaitAsync(limit.Token)).Trim());
            return JsonSerializer.Deserialize<ImpairerReport>(line, HarnessJson.Lines)!;
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            _isGivenUp = true;
            throw new HarnessException(ExitCode.EnvironmentFailed, $"the impairer has ended: {error.Message}", innerException: error);
        }
        catch (OperationCanceledException error)
        {
            _isGivenUp = true;
            throw new HarnessException(ExitCode.EnvironmentFailed, $"the impairer did not answer within {Duration.Format(AnswerLimit)}", innerException: error);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
        _gate.Dispose();
    }
}
