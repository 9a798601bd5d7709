using Validation.Core.Scenarios;

namespace Validation.Core.Stacks;

/// <summary>Where a stack runs and what can be done to it.</summary>
public interface IEnvironment
{
    /// <summary>Gets the name that scenarios use: <c>local</c>.</summary>
    string Name { get; }

    /// <summary>Gets what one sentence should say about it, with what it cannot do.</summary>
    string Summary { get; }

    /// <summary>Gets whether its SPIRE is the embedded one, which alone has defects that can be switched on.</summary>
    /// <value>False by default.</value>
    bool HasEmbeddedSpire => false;

    /// <summary>Tells, before anything is started, which nodes a stack will have and what can be done to them.</summary>
    /// <param name="stack">What the scenario asks for.</param>
    StackShape Describe(StackSpec stack);

    /// <summary>Tells what speaks against a scenario besides missing capabilities, each with its place in the scenario's file.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <returns>Nothing by default. A stack that is there already has an owner, who permits some things and not others.</returns>
    IReadOnlyList<Refusal> Refusals(Scenario scenario) => [];

    /// <summary>Tells how it does to a stack or a node what a capability interface asks for, as calls and commands.</summary>
    /// <param name="capability">One of the capability interfaces.</param>
    /// <returns>Null by default: it prints its commands one by one, or does not have it.</returns>
    string? MeansOf(Type capability) => null;

    /// <summary>Brings the stack up and returns when every node is ready.</summary>
    /// <param name="stack">What the scenario asks for.</param>
    /// <param name="logs">The folder for the nodes' log files; exists.</param>
    /// <param name="progress">Told what is being waited for, one short sentence at a time.</param>
    /// <param name="cancellationToken">Ends the attempt and takes down what was started.</param>
    /// <exception cref="HarnessException">A node did not get ready; the message has its name and its last log lines.</exception>
    Task<IStack> UpAsync(StackSpec stack, DirectoryInfo logs, IProgress<string> progress, CancellationToken cancellationToken);
}
