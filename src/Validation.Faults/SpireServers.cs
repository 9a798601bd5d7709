using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>What the faults share that SPIRE's own interfaces make.</summary>
internal static class SpireServers
{
    /// <summary>What the stack must be able to do.</summary>
    public static readonly IReadOnlyList<Type> Capabilities = [typeof(ISpireStack), typeof(ISpireControl)];

    /// <summary>Returns what gives orders to each server of a stack.</summary>
    /// <param name="stack">The stack.</param>
    public static IReadOnlyList<ISpireServerControl> Of(IStack stack) =>
        [.. stack.Nodes.Where(node => node.Role == Roles.SpireServer).Select(((ISpireControl)stack).ControlOf)];

    /// <summary>Gives an order to the first server that takes it: agents and entries are in the database that all of them share.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="stack">The stack.</param>
    /// <param name="order">Gives the order; may be called for each server.</param>
    /// <exception cref="HarnessException">No server took it; says what the last one said.</exception>
    public static async Task<T> AskAnyAsync<T>(IStack stack, Func<ISpireServerControl, Task<T>> order)
    {
        var servers = Of(stack);
        foreach (var server in servers.SkipLast(1))
        {
            try
            {
                return await order(server);
            }
            catch (HarnessException)
            {
                // Another fault may hold this server down.
            }
        }

        return await order(servers[^1]);
    }

    /// <inheritdoc cref="AskAnyAsync{T}"/>
    public static Task AskAnyAsync(IStack stack, Func<ISpireServerControl, Task> order) => AskAnyAsync(stack, async server =>
    {
        await order(server);
        return true;
    });
}
