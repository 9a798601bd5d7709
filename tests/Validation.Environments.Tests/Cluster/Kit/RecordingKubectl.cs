using System.Collections.Concurrent;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Tests.Cluster.Kit;

/// <summary>Stands for kubectl: records every command and gives the answers that a test has prepared.</summary>
/// <remarks>The answer that was prepared last goes first. A command without an answer fails like kubectl does.</remarks>
internal sealed class RecordingKubectl : IKubectl
{
    private readonly Shared _shared;

    public RecordingKubectl(string @namespace = "spire-validation")
        : this(new KubectlTarget("/kube/config", "staging", @namespace), new Shared())
    {
    }

    public RecordingKubectl(string kubeconfig, string @namespace)
        : this(new KubectlTarget(kubeconfig, "staging", @namespace), new Shared())
    {
    }

    private RecordingKubectl(KubectlTarget target, Shared shared) => (Target, _shared) = (target, shared);

    public KubectlTarget Target { get; }

    /// <summary>Gets all commands, in their order.</summary>
    public IReadOnlyCollection<KubectlCommand> Commands => _shared.Commands;

    /// <summary>Gets all commands as text: <c>NAMESPACE: get pods</c>.</summary>
    public IEnumerable<string> Lines => _shared.Lines;

    /// <summary>Gets the commands that would change the cluster.</summary>
    public IEnumerable<KubectlCommand> Writes => Commands.Where(command => command.Writes);

    /// <summary>Gets the sessions that were opened.</summary>
    public IReadOnlyCollection<RecordedSession> Sessions => _shared.Sessions;

    /// <summary>Gets or sets what happens when a session was opened.</summary>
    public Action<RecordedSession> WhenOpened
    {
        get => _shared.WhenOpened;
        set => _shared.WhenOpened = value;
    }

    /// <summary>Prepares the output of every command that begins with these words.</summary>
    public RecordingKubectl Answer(string beginning, string output) => Answer(beginning, _ => new ToolAnswer(0, output, string.Empty));

    /// <summary>Prepares the failure of every command that begins with these words.</summary>
    public RecordingKubectl Fail(string beginning, string errors, int exitCode = 1) => Answer(beginning, _ => new ToolAnswer(exitCode, string.Empty, errors));

    /// <summary>Prepares the answer of every command that begins with these words.</summary>
    public RecordingKubectl Answer(string beginning, Func<KubectlCommand, ToolAnswer> answer)
    {
        _shared.Answers.Push((beginning, answer));
        return this;
    }

    public IKubectl InNamespace(string name) => new RecordingKubectl(Target with { Namespace = name }, _shared);

    public Task<ToolAnswer> RunAsync(KubectlCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Record(command) is { } answer
            ? answer(command)
            : new ToolAnswer(1, string.Empty, $"error: no answer was prepared for '{command}'"));
    }

    public IToolSession Open(KubectlCommand command)
    {
        Record(command);
        var session = new RecordedSession(command);
        _shared.Sessions.Enqueue(session);
        WhenOpened(session);
        return session;
    }

    private Func<KubectlCommand, ToolAnswer>? Record(KubectlCommand command)
    {
        _shared.Commands.Enqueue(command);
        var words = string.Join(' ', command.Arguments);
        _shared.Lines.Enqueue($"{Target.Namespace}: {words}");
        return _shared.Answers.FirstOrDefault(answer => words.StartsWith(answer.Beginning, StringComparison.Ordinal)).Answer;
    }

    private sealed class Shared
    {
        public ConcurrentQueue<KubectlCommand> Commands { get; } = new();

        public ConcurrentQueue<string> Lines { get; } = new();

        public Action<RecordedSession> WhenOpened { get; set; } = _ => { };

        public ConcurrentQueue<RecordedSession> Sessions { get; } = new();

        public ConcurrentStack<(string Beginning, Func<KubectlCommand, ToolAnswer> Answer)> Answers { get; } = new();
    }
}
