using System.Collections.Concurrent;
using Validation.Core.Faults;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Core.Tests.Running;

/// <summary>Keeps events in memory.</summary>
internal sealed class EventList : IEventSink
{
    private readonly ConcurrentQueue<RunEvent> _events = new();
    private readonly TimeProvider _time;
    private readonly long _start;

    public EventList(TimeProvider time) => (_time, _start) = (time, time.GetTimestamp());

    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    public IReadOnlyList<Fact> Facts => [.. _events.Select(happened => happened.Fact)];

    public IReadOnlyList<RunEvent> Events => [.. _events];

    public RunEvent Record(Fact fact)
    {
        var happened = new RunEvent(_time.GetElapsedTime(_start), fact);
        _events.Enqueue(happened);
        return happened;
    }
}

/// <summary>A fault whose proofs a test scripts.</summary>
internal sealed class ScriptedFault : IFaultInjector
{
    public static readonly Parameter<Selector> Target = Parameters.Target("target", "Who.", "spire-server/any");

    public FaultKind Kind { get; set; } = new()
    {
        Name = "scripted",
        Summary = "Whatever a test says.",
        Proof = "Whatever a test says.",
        Parameters = [Target],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromSeconds(1), Held = TimeSpan.FromSeconds(1), Healed = TimeSpan.FromSeconds(1) },
        NodesMust = [typeof(IKillable)],
    };

    public Queue<Proof> Injected { get; } = new([Proof.Proven("In force.")]);

    public Queue<Proof> Held { get; } = new([Proof.Proven("Held.")]);

    public Queue<Proof> Healed { get; } = new([Proof.Proven("Over.")]);

    public TimeSpan Length { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets how often nobody can be told to take it back.</summary>
    public int DeafHeals { get; set; }

    /// <summary>Gets how often nobody can look whether it holds.</summary>
    public int BlindLooks { get; set; }

    public Exception? Refusal { get; set; }

    /// <summary>Gets or sets what happens in the time that the injection takes, before the fault is due.</summary>
    public Action WhileInjecting { get; set; } = () => { };

    /// <summary>Gets or sets what happens in the time that the look takes which finds it in force.</summary>
    public Action WhileLooking { get; set; } = () => { };

    /// <summary>Gets or sets what happens when somebody looks whether it has held.</summary>
    public Action WhenHeld { get; set; } = () => { };

    public int Heals { get; private set; }

    public int Disposals { get; private set; }

    /// <summary>Gets or sets why it cannot be taken back.</summary>
    public HarnessException? DisposalTrouble { get; set; }

    public FaultOrder? Order { get; private set; }

    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        Order = order;
        WhileInjecting();
        await order.Due;
        return Refusal is null ? new Injection(this) : throw Refusal;
    }

    // The last proof of a script stands for ever.
    private static Task<Proof> Next(Queue<Proof> script) => Task.FromResult(script.Count > 1 ? script.Dequeue() : script.Peek());

    private sealed class Injection(ScriptedFault fault) : IInjection
    {
        public TimeSpan Length => fault.Length;

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            fault.WhileLooking();
            return Next(fault.Injected);
        }

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            fault.WhenHeld();
            return fault.BlindLooks-- > 0 ? throw new HarnessException(ExitCode.EnvironmentFailed, "Nobody answers.") : Next(fault.Held);
        }

        public Task HealAsync(CancellationToken cancellationToken)
        {
            fault.Heals++;
            return fault.DeafHeals-- > 0 ? throw new HarnessException(ExitCode.EnvironmentFailed, "Nobody answers.") : Task.CompletedTask;
        }

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => Next(fault.Healed);

        public ValueTask DisposeAsync()
        {
            fault.Disposals++;
            return fault.DisposalTrouble is { } trouble ? ValueTask.FromException(trouble) : ValueTask.CompletedTask;
        }
    }
}

/// <summary>A driver whose operations succeed at once.</summary>
internal sealed class InstantDriver : ILoadDriver
{
    public DriverKind Kind { get; } = new("instant", "Nothing at all.", []);

    public int Prepared { get; private set; }

    public int Disposed { get; private set; }

    public Exception? Refusal { get; set; }

    public Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken)
    {
        Prepared++;
        return Refusal is null ? Task.FromResult<IPreparedLoad>(new Load(this)) : throw Refusal;
    }

    private sealed class Load(InstantDriver driver) : IFiredLoad
    {
        public ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken) => new(Outcome.Success);

        public ValueTask DisposeAsync()
        {
            driver.Disposed++;
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>A generator that records one success per load and waits for its stop.</summary>
internal sealed class OneShotGenerator : ILoadGenerator
{
    public async Task RunAsync(
        IReadOnlyList<ReadyLoad> loads, RunClock clock, SampleWriter samples, IEventSink events, CancellationToken stop)
    {
        foreach (var index in Enumerable.Range(0, loads.Count))
        {
            samples.Record(new Sample(0, 0, 1, (ushort)index, 0));
        }

        var stopped = new TaskCompletionSource();
        await using var registration = stop.Register(stopped.SetResult);
        await stopped.Task;
    }
}

/// <summary>An environment that hands out one fake stack.</summary>
internal sealed class FakeEnvironment : IEnvironment
{
    public FakeStack Stack { get; } = new();

    public Exception? Refusal { get; set; }

    public string Name => "fake";

    public string Summary => "In memory.";

    public StackShape Describe(StackSpec stack) => new(
        [.. Stack.Nodes.Select(node => new NodeShape(node.Name, node.Role, new HashSet<Type> { typeof(IKillable) }))],
        new HashSet<Type> { typeof(INetworkControl) });

    public Task<IStack> UpAsync(StackSpec stack, DirectoryInfo logs, IProgress<string> progress, CancellationToken cancellationToken) =>
        Refusal is null ? Task.FromResult<IStack>(Stack) : throw Refusal;
}

/// <summary>A watcher that looks away.</summary>
internal sealed class NoWatcher : IRunWatcher
{
    public IProgress<string> Progress { get; } = new Progress<string>();

    public void Saw(RunEvent happened)
    {
    }

    public void Saw(Sample sample)
    {
    }
}
