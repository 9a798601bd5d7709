using Spire.Wire.Contracts.Journal;

namespace EmbeddedSpire.Server.Authorities;

/// <summary>One of the two places for an authority that a server has: one is in use while the other holds the next, the old, or nothing.</summary>
/// <typeparam name="T">What signs.</typeparam>
internal sealed class AuthoritySlot<T>
    where T : class
{
    private static readonly TimeSpan LongestPreparation = TimeSpan.FromDays(30);
    private static readonly TimeSpan LongestActivation = TimeSpan.FromDays(7);

    /// <summary>Creates an empty slot.</summary>
    /// <param name="id">A or B.</param>
    public AuthoritySlot(string id) => Id = id;

    /// <summary>Gets the name of the slot: A or B.</summary>
    public string Id { get; }

    /// <summary>Gets the name of the other slot.</summary>
    public string OtherId => Id == "A" ? "B" : "A";

    /// <summary>Gets what signs; null when there is nothing, or an old authority of which only the name is left.</summary>
    public T? Authority { get; private set; }

    /// <summary>Gets the name of the authority, which stays when it is old. Empty when there never was one.</summary>
    public string AuthorityId { get; private set; } = string.Empty;

    public Status Status { get; set; }

    public DateTimeOffset IssuedAt { get; private set; }

    public DateTimeOffset NotAfter { get; private set; }

    /// <summary>Gets whether there is nothing here that signs or will.</summary>
    public bool IsEmpty => Authority is null || Status == Status.Old;

    /// <summary>Puts an authority here.</summary>
    public void Fill(T authority, string authorityId, DateTimeOffset issuedAt, DateTimeOffset notAfter, Status status) =>
        (Authority, AuthorityId, IssuedAt, NotAfter, Status) = (authority, authorityId, issuedAt, notAfter, status);

    /// <summary>Ends the authority here; its name stays, so that it can be tainted and revoked.</summary>
    public void Retire() => (Authority, Status) = (null, Status.Old);

    /// <summary>Tells whether it is time to have the next authority ready: half of the life is over, or 30 days are left.</summary>
    public bool ShouldPrepareNext(DateTimeOffset now) => Authority is not null && now > NotAfter - Least((NotAfter - IssuedAt) / 2, LongestPreparation);

    /// <summary>Tells whether it is time to use the next authority: a sixth of the life is left, or 7 days are.</summary>
    public bool ShouldActivateNext(DateTimeOffset now) => Authority is not null && now > NotAfter - Least((NotAfter - IssuedAt) / 6, LongestActivation);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
