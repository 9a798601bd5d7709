using Google.Protobuf;

namespace Validation.Spire.Tests.Scripted;

/// <summary>A call that came to a scripted server or agent, with all that was said, in the order of the wire.</summary>
internal sealed class SeenCall
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<CallStep> _steps = [];

    /// <summary>Gets the path of the HTTP/2 request.</summary>
    public required string Method { get; init; }

    /// <summary>Gets where it came to: <c>api-1</c>, <c>admin-1</c>, <c>workload-1</c>.</summary>
    public required string Place { get; init; }

    public required string Connection { get; init; }

    /// <summary>Gets the SPIFFE id of the certificate that the caller showed; null when it showed none.</summary>
    public required string? Caller { get; init; }

    /// <summary>Gets the serial number of that certificate.</summary>
    public required string? Serial { get; init; }

    public required bool HasDeadline { get; init; }

    /// <summary>Gets what was sent besides what gRPC itself sends, as <c>key: value</c>.</summary>
    public required IReadOnlyList<string> Metadata { get; init; }

    public string Name => Method[(Method.LastIndexOf('/') + 1)..];

    public IReadOnlyList<CallStep> Steps
    {
        get
        {
            lock (_steps)
            {
                return [.. _steps];
            }
        }
    }

    public IMessage Request => Steps.First(step => step.IsFromClient).Message!;

    /// <summary>Gets the end of the call as the server sees it.</summary>
    public Task Ended => _ended.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public void Add(CallStep step)
    {
        lock (_steps)
        {
            _steps.Add(step);
        }
    }

    public void End() => _ended.TrySetResult();
}

/// <summary>A message, or null for the client's half-close.</summary>
internal sealed record CallStep(bool IsFromClient, IMessage? Message);
