namespace EmbeddedSpire.Server.Authorities;

/// <summary>How long things live that the server issues.</summary>
internal sealed record Lifetimes
{
    /// <summary>Gets how long an authority of the server lives. Defaults to 24 h.</summary>
    public TimeSpan Authority { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Gets how long an X509-SVID lives whose entry does not say. Defaults to 1 h.</summary>
    public TimeSpan X509Svid { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Gets how long a JWT-SVID lives whose entry does not say. Defaults to 5 min.</summary>
    public TimeSpan JwtSvid { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets how long the X509-SVID of an agent lives; null means as long as others.</summary>
    public TimeSpan? Agent { get; init; }
}
