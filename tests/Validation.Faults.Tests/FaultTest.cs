using System.Collections.Concurrent;
using Validation.Core.Faults;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

/// <summary>What the tests of all faults share: a fake stack and an order to inject into it.</summary>
public abstract class FaultTest
{
    protected FakeStack Stack { get; } = new();

    protected ManualClock Clock { get; } = new();

    /// <summary>Gets what faults recorded of the stack.</summary>
    protected Notes Events { get; } = new();

    /// <summary>Gets or sets what is completed when the fault is due.</summary>
    protected Task Due { get; set; } = Task.CompletedTask;

    /// <summary>Injects a fault with parameters written as in a scenario.</summary>
    protected Task<IInjection> InjectAsync(IFaultInjector injector, params (string Name, string Text)[] parameters) =>
        InjectAsync(Stack, injector, parameters);

    /// <summary>Injects a fault into another stack.</summary>
    protected async Task<IInjection> InjectAsync(IStack stack, IFaultInjector injector, params (string Name, string Text)[] parameters)
    {
        var spec = Spec(injector, parameters);
        var resolver = new TargetResolver(new Core.Seed(1));
        var targets = new Dictionary<string, IReadOnlyList<INode>>();
        foreach (var (parameter, selector) in Planner.SelectorsOf(spec))
        {
            targets[parameter.Name] = await resolver.AtFireTimeAsync(spec.Name, parameter.Name, selector, stack, CancellationToken.None);
        }

        return await injector.InjectAsync(new FaultOrder(spec, stack, targets) { Events = Events, Due = Due }, CancellationToken.None);
    }

    /// <summary>Checks that nothing is done to the stack before the fault is due, and that it is then.</summary>
    /// <param name="inject">Injects the fault.</param>
    /// <param name="done">What was done to the stack.</param>
    protected async Task ExpectNothingBeforeItIsDueAsync(Func<Task<IInjection>> inject, IReadOnlyCollection<object> done)
    {
        var due = new TaskCompletionSource();
        Due = due.Task;

        var injecting = inject();
        done.Should().BeEmpty("it is not due yet");
        due.SetResult();
        await injecting;

        done.Should().ContainSingle();
    }

    /// <summary>Returns a fault with parameters written as in a scenario.</summary>
    protected static FaultSpec Spec(IFaultInjector injector, params (string Name, string Text)[] parameters)
    {
        var values = parameters.ToDictionary(
            parameter => parameter.Name,
            parameter => injector.Kind.Parameters.Single(known => known.Name == parameter.Name).Read(parameter.Text)
                ?? throw new ArgumentException($"'{parameter.Text}' is not allowed for '{parameter.Name}'."));
        return new FaultSpec { Name = "phase/fault", Kind = injector.Kind, At = TimeSpan.Zero, Parameters = new ParameterValues(values) };
    }

    /// <summary>Keeps what is recorded.</summary>
    protected sealed class Notes : IEventSink
    {
        private readonly ConcurrentQueue<Fact> _facts = new();

        public IReadOnlyList<Fact> Facts => [.. _facts];

        public RunEvent Record(Fact fact)
        {
            _facts.Enqueue(fact);
            return new RunEvent(TimeSpan.Zero, fact);
        }
    }
}
