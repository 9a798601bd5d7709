using System.Collections.Concurrent;
using System.Text;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Tests.K3s.Kit;

/// <summary>Stands for docker: records every command and gives the answers that a test has prepared.</summary>
/// <remarks>The answer that was prepared last goes first. A command without an answer fails like docker does.</remarks>
internal sealed class RecordingDocker : IDocker
{
    private readonly ConcurrentQueue<DockerCommand> _commands = new();
    private readonly ConcurrentStack<(string Beginning, Func<DockerCommand, ToolAnswer> Answer)> _answers = new();

    /// <summary>Gets all commands, in their order.</summary>
    public IReadOnlyCollection<DockerCommand> Commands => _commands;

    /// <summary>Gets all commands as they would be typed.</summary>
    public IEnumerable<string> Lines => Commands.Select(command => command.ToString());

    /// <summary>Gets the commands that would change something, as they would be typed.</summary>
    public IEnumerable<string> Writes => Commands.Where(command => command.Writes).Select(command => command.ToString());

    /// <summary>Gets what was written to the sessions that were opened, by their commands.</summary>
    public ConcurrentDictionary<string, MemoryStream> Received { get; } = new();

    /// <summary>Prepares the output of every command that begins with these words.</summary>
    public RecordingDocker Answer(string beginning, string output) => Answer(beginning, _ => new ToolAnswer(0, output, string.Empty));

    /// <summary>Prepares the failure of every command that begins with these words.</summary>
    public RecordingDocker Fail(string beginning, string errors) => Answer(beginning, _ => new ToolAnswer(1, string.Empty, errors));

    /// <summary>Prepares the answer of every command that begins with these words.</summary>
    public RecordingDocker Answer(string beginning, Func<DockerCommand, ToolAnswer> answer)
    {
        _answers.Push((beginning, answer));
        return this;
    }

    public Task<ToolAnswer> RunAsync(DockerCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Record(command));
    }

    public IToolSession Open(DockerCommand command)
    {
        var answer = Record(command);
        return new Session(answer, Received.GetOrAdd(command.ToString(), _ => new MemoryStream()));
    }

    private ToolAnswer Record(DockerCommand command)
    {
        _commands.Enqueue(command);
        var words = string.Join(' ', command.Arguments);
        return _answers.FirstOrDefault(answer => words.StartsWith(answer.Beginning, StringComparison.Ordinal)).Answer?.Invoke(command)
            ?? new ToolAnswer(1, string.Empty, $"no answer was prepared for '{command}'");
    }

    private sealed class Session(ToolAnswer answer, MemoryStream received) : IToolSession
    {
        public Stream Input => received;

        public Stream Output { get; } = new MemoryStream(Encoding.ASCII.GetBytes(answer.Output));

        public Task<ToolAnswer> Ended => Task.FromResult(answer with { Output = string.Empty });

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
