using System.IO.Pipelines;
using Validation.Environments.Cluster.Helper.Session;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Tests.Cluster.Kit;

/// <summary>A node helper's session in this process, where kubectl would lead to one.</summary>
internal sealed class HelperInProcess : IToolSession
{
    private readonly Pipe _input = new();
    private readonly Pipe _output = new();
    private readonly CancellationTokenSource _ended = new();

    public HelperInProcess(string cgroups, TimeProvider time)
    {
        Input = _input.Writer.AsStream();
        Output = _output.Reader.AsStream();
        Ended = RunAsync(cgroups, time);
    }

    public Stream Input { get; }

    public Stream Output { get; }

    public Task<ToolAnswer> Ended { get; }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await Ended;
    }

    private async Task<ToolAnswer> RunAsync(string cgroups, TimeProvider time)
    {
        using var session = new HelperSession(_input.Reader.AsStream(), _output.Writer.AsStream(), new PodFinder(cgroups), time);
        await session.RunAsync(_ended.Token);
        await _output.Writer.CompleteAsync();
        return new ToolAnswer(0, string.Empty, string.Empty);
    }
}
