using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.TestKit;

/// <summary>A database server that remembers what it is told and answers what a test tells it.</summary>
public sealed class FakeDatabase
{
    private readonly List<(string Part, Func<string?> Answer)> _answers = [];
    private readonly List<(string Part, Func<string?> Code)> _refusals = [];

    /// <summary>Gets every statement, of all sessions, in order; what was handed over at once is one of them.</summary>
    public List<string> Statements { get; } = [];

    /// <summary>Gets how many sessions are open.</summary>
    public int Sessions { get; private set; }

    /// <summary>Gets or sets why logins of the application are refused; null accepts them.</summary>
    public Func<string?> LoginRefusal { get; set; } = () => null;

    /// <summary>Answers statements that contain a text.</summary>
    public void Answer(string part, Func<string?> answer) => _answers.Insert(0, (part, answer));

    /// <summary>Refuses statements that contain a text, while there is an error code.</summary>
    public void Refuse(string part, Func<string?> code) => _refusals.Insert(0, (part, code));

    /// <summary>Returns what the server was given to do by itself last, before the first statement that begins with a text.</summary>
    public string GuardOf(string change)
    {
        var changed = Statements.FindIndex(statement => statement.StartsWith(change, StringComparison.Ordinal));
        return Statements.Take(changed).Last(statement => statement.StartsWith("DO $sleep$", StringComparison.Ordinal));
    }

    /// <summary>Opens a session.</summary>
    public IDatabaseSession Open()
    {
        Sessions++;
        return new Session(this);
    }

    private sealed class Session(FakeDatabase database) : IDatabaseSession
    {
        private bool _isOpen = true;

        public async Task<string?> RunAsync(string statement, CancellationToken cancellationToken) =>
            await TryAsync(statement, cancellationToken) is { } code
                ? throw new HarnessException(ExitCode.EnvironmentFailed, $"The database refused the harness: {code}")
                : database._answers.FirstOrDefault(known => statement.Contains(known.Part, StringComparison.Ordinal)).Answer?.Invoke();

        public Task<string?> TryAsync(string statement, CancellationToken cancellationToken)
        {
            database.Statements.Add(statement);
            return Task.FromResult(!_isOpen
                ? DatabaseErrors.ConnectionFailure
                : database._refusals.FirstOrDefault(known => statement.Contains(known.Part, StringComparison.Ordinal)).Code?.Invoke());
        }

        public Task<string?> TryAllAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken) =>
            TryAsync(string.Join("; ", statements), cancellationToken);

        public ValueTask DisposeAsync()
        {
            database.Sessions -= _isOpen ? 1 : 0;
            _isOpen = false;
            return ValueTask.CompletedTask;
        }
    }
}
