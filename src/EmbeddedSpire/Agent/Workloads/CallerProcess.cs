using System.Globalization;
using System.Runtime.CompilerServices;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>
/// The process at the other end of a connection, watched so that nobody is attested in its place who got its number after
/// it was gone.
/// </summary>
internal sealed class CallerProcess
{
    private static readonly ConditionalWeakTable<GrpcPeer, CallerProcess> Known = [];

    private readonly string? _start;

    private CallerProcess(int id) => (Id, _start) = (id, id == 0 ? null : StartOf(id));

    /// <summary>Gets its process id.</summary>
    public int Id { get; }

    /// <summary>Gets whether it is this agent itself, which looks after its own health.</summary>
    public bool IsAgent => Id == Environment.ProcessId;

    /// <summary>Gets whether it is the same process as at the first call on the connection.</summary>
    public bool IsAlive => _start is not null && _start == StartOf(Id);

    /// <summary>Returns the process of a caller; the same one for all calls on a connection.</summary>
    public static CallerProcess Of(GrpcPeer peer) =>
        Known.GetValue(peer, static peer => new CallerProcess(peer.Credentials?.ProcessId ?? 0));

    /// <summary>Returns when a process started, in ticks since boot; null when it is gone.</summary>
    private static string? StartOf(int id)
    {
        // Field 22 of proc(5); the name in parentheses may contain anything, so count from behind it.
        const int FieldsBehindName = 22 - 3;
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[FieldsBehindName];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
