namespace EmbeddedSpire.Tests.Server.Conformance;

/// <summary>The conversations, played once for all tests that look at what came of it.</summary>
public sealed class ReplayedConversations : IAsyncLifetime
{
    private Stage? _stage;
    private Replay? _replay;
    private SkipException? _skip;

    /// <summary>Gets what the servers answered; skips the test when they cannot run here.</summary>
    internal Replay Replay => _replay ?? throw _skip!;

    /// <summary>Gets the servers; skips the test when they cannot run here.</summary>
    internal Stage Stage => _stage ?? throw _skip!;

    public async Task InitializeAsync()
    {
        try
        {
            _stage = await Stage.SetAsync();
        }
        catch (SkipException skip)
        {
            _skip = skip;
            return;
        }

        _replay = new Replay(_stage);
        foreach (var conversation in Cast.Conversations)
        {
            await _replay.PlayAsync(conversation);
        }
    }

    public async Task DisposeAsync()
    {
        if (_stage is not null)
        {
            await _stage.DisposeAsync();
        }
    }
}
