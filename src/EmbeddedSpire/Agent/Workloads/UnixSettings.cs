namespace EmbeddedSpire.Agent.Workloads;

/// <summary>What the attestor <c>unix</c> finds out besides users and groups.</summary>
/// <param name="DiscoversPath">Whether it tells the path of the program. False by default: it may not be allowed to look.</param>
/// <param name="SizeLimit">
/// The size of the largest program whose digest is told, in bytes; zero means any, less than zero that none is told. Matters
/// only with <paramref name="DiscoversPath"/>.
/// </param>
internal sealed record UnixSettings(bool DiscoversPath = false, long SizeLimit = 0);
