using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Running;

/// <summary>
/// Takes one fault through its life: resolve its targets, write down what is about to be done, inject, prove, hold,
/// prove again, heal, prove healed.
/// </summary>
/// <remarks>A fault that cannot be proven is recorded as such and healed; the run goes on, and the judge will not pass it.</remarks>
internal sealed class FaultRunner
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(100);

    private readonly IReadOnlyDictionary<string, IFaultInjector> _injectors;
    private readonly TargetResolver _resolver;
    private readonly IStack _stack;
    private readonly IEventSink _events;
    private readonly TimeProvider _time;

    /// <summary>Creates the runner.</summary>
    /// <param name="injectors">The injectors by the name of their kind.</param>
    /// <param name="resolver">Resolves selectors.</param>
    /// <param name="stack">The running stack.</param>
    /// <param name="events">The event log.</param>
    /// <param name="time">The clock.</param>
    public FaultRunner(
        IReadOnlyDictionary<string, IFaultInjector> injectors, TargetResolver resolver, IStack stack, IEventSink events, TimeProvider time)
    {
        _injectors = injectors;
        _resolver = resolver;
        _stack = stack;
        _events = events;
        _time = time;
    }

    /// <summary>Runs the fault from its injection to its proven heal.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="due">Completed at its planned instant; looks and preparations are done before.</param>
    /// <param name="cancellationToken">Ends the fault early; it is healed all the same.</param>
    public async Task RunAsync(FaultSpec fault, Task due, CancellationToken cancellationToken)
    {
        var (isBegun, isTakenBack) = (false, true);
        try
        {
            var order = await ResolveAsync(fault, due, cancellationToken);
            _events.Record(new FaultInjecting(fault.Name, Names(order)));
            isBegun = true;
            var injection = await _injectors[fault.Kind.Name].InjectAsync(order, cancellationToken);
            try
            {
                _events.Record(new FaultBegun(fault.Name, injection.Length));
                await HoldAsync(fault, injection, cancellationToken);
                await HealAsync(fault, injection, cancellationToken);
            }
            finally
            {
                isTakenBack = await TryTakeBackAsync(fault, injection);
            }
        }
        catch (HarnessException refused)
        {
            _events.Record(new FaultNotProven(fault.Name, "injected", refused.Message));
        }
        catch (OperationCanceledException) when (isBegun && cancellationToken.IsCancellationRequested)
        {
            if (isTakenBack)
            {
                _events.Record(new FaultCancelled(fault.Name));
            }

            throw;
        }
    }

    private async Task<bool> TryTakeBackAsync(FaultSpec fault, IInjection injection)
    {
        try
        {
            await injection.DisposeAsync();
            return true;
        }
        catch (HarnessException trouble)
        {
            _events.Record(new FaultNotProven(fault.Name, FaultNotProven.AtItsEnd, trouble.Message));
            return false;
        }
    }

    private async Task HoldAsync(FaultSpec fault, IInjection injection, CancellationToken cancellationToken)
    {
        var limits = fault.Kind.ProofLimits;
        var (injected, look) = await ProveAsync(injection.ProveInjectedAsync, limits.Injected, cancellationToken);
        if (injected.State != ProofState.Proven)
        {
            _events.Record(new FaultNotProven(fault.Name, "injected", injected.Statement));
            return;
        }

        _events.Record(new FaultInjected(fault.Name, injected.Statement));

        var held = await ProveHeldAsync(injection, limits.Held, look, cancellationToken);
        _events.Record(held.State == ProofState.Proven
            ? new FaultHealing(fault.Name, held.Statement)
            : new FaultNotProven(fault.Name, "held", held.Statement));
    }

    /// <summary>Looks whether the fault holds, so that the last look ends when the fault does.</summary>
    /// <param name="injection">The fault.</param>
    /// <param name="limit">How long it may take to be seen.</param>
    /// <param name="look">How long the look took that found it in force; the next one takes about as long, and is begun no sooner than at half time.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    private async Task<Proof> ProveHeldAsync(IInjection injection, TimeSpan limit, TimeSpan look, CancellationToken cancellationToken)
    {
        var since = _time.GetTimestamp();
        TimeSpan Left() => injection.Length - _time.GetElapsedTime(since);
        look = look < injection.Length / 2 ? look : injection.Length / 2;
        while (true)
        {
            await _time.WaitAsync(Left() - look, cancellationToken);
            (var held, look) = await ProveAsync(injection.ProveHeldAsync, limit, cancellationToken);

            // One that was quicker than was thought leaves time for something to happen.
            if (held.State != ProofState.Proven || Left() <= look + LookAgainAfter)
            {
                await _time.WaitAsync(Left(), cancellationToken);
                return held;
            }
        }
    }

    private async Task HealAsync(FaultSpec fault, IInjection injection, CancellationToken cancellationToken)
    {
        // What has to take it back may not answer for a moment: then it is told again.
        var isTold = false;
        var (healed, _) = await ProveAsync(
            async token =>
            {
                if (!isTold)
                {
                    await injection.HealAsync(token);
                    isTold = true;
                }

                return await injection.ProveHealedAsync(token);
            },
            fault.Kind.ProofLimits.Healed,
            cancellationToken);
        _events.Record(healed.State == ProofState.Proven
            ? new FaultHealed(fault.Name, healed.Statement)
            : new FaultNotProven(fault.Name, FaultNotProven.AtItsEnd, healed.Statement));
    }

    /// <summary>Looks again and again until the proof is decided or its time is over.</summary>
    /// <returns>The proof, and how long the look took that decided it.</returns>
    private async Task<(Proof Proof, TimeSpan Look)> ProveAsync(
        Func<CancellationToken, Task<Proof>> look, TimeSpan limit, CancellationToken cancellationToken)
    {
        var since = _time.GetTimestamp();
        while (true)
        {
            var begun = _time.GetTimestamp();
            var proof = await LookAsync(look, cancellationToken);
            if (proof.State != ProofState.NotYet)
            {
                return (proof, _time.GetElapsedTime(begun));
            }

            if (_time.GetElapsedTime(since) >= limit)
            {
                return (proof with { Statement = $"{proof.Statement} (looked for {Duration.Format(limit)})" }, TimeSpan.Zero);
            }

            await Task.Delay(LookAgainAfter, _time, cancellationToken);
        }
    }

    private static async Task<Proof> LookAsync(Func<CancellationToken, Task<Proof>> look, CancellationToken cancellationToken)
    {
        try
        {
            return await look(cancellationToken);
        }
        catch (HarnessException trouble)
        {
            // Who could not look has seen nothing; the next look may succeed.
            return Proof.NotYet(trouble.Message);
        }
    }

    private async Task<FaultOrder> ResolveAsync(FaultSpec fault, Task due, CancellationToken cancellationToken)
    {
        var targets = new Dictionary<string, IReadOnlyList<INode>>();
        foreach (var (parameter, selector) in Planner.SelectorsOf(fault))
        {
            targets[parameter.Name] = await _resolver.AtFireTimeAsync(fault.Name, parameter.Name, selector, _stack, cancellationToken);
        }

        return new FaultOrder(fault, _stack, targets) { Seed = _resolver.SeedOf(fault.Name), Due = due, Events = _events };
    }

    private static Dictionary<string, IReadOnlyList<string>> Names(FaultOrder order) =>
        order.Targets.ToDictionary(
            target => target.Key,
            IReadOnlyList<string> (target) => [.. target.Value.Select(node => node.Name)]);
}
