using System.IO.Pipes;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Tests.Cluster.Kit;

/// <summary>Stands for a kubectl that goes on: the test holds the other ends of its input and output.</summary>
internal sealed class RecordedSession : IToolSession
{
    private readonly AnonymousPipeServerStream _input = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream _output = new(PipeDirection.In);
    private readonly TaskCompletionSource<ToolAnswer> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RecordedSession(KubectlCommand command)
    {
        Command = command;
        Received = new AnonymousPipeClientStream(PipeDirection.In, _input.ClientSafePipeHandle);
        Sent = new AnonymousPipeClientStream(PipeDirection.Out, _output.ClientSafePipeHandle);
    }

    /// <summary>Gets the command that was opened.</summary>
    public KubectlCommand Command { get; }

    /// <summary>Gets what the harness writes to the program.</summary>
    public Stream Received { get; }

    /// <summary>Gets the stream by which the test writes what the program prints.</summary>
    public Stream Sent { get; }

    /// <summary>Gets whether the harness has ended the program.</summary>
    public bool IsDisposed { get; private set; }

    public Stream Input => _input;

    public Stream Output => _output;

    public Task<ToolAnswer> Ended => _ended.Task;

    /// <summary>Ends the program.</summary>
    public void End(int exitCode, string errors = "")
    {
        Sent.Dispose();
        _ended.TrySetResult(new ToolAnswer(exitCode, string.Empty, errors));
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        _input.Dispose();
        _output.Dispose();
        _ended.TrySetResult(new ToolAnswer(137, string.Empty, string.Empty));
        return ValueTask.CompletedTask;
    }
}
