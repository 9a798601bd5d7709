using System.Collections.Concurrent;
using System.Net.Sockets;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Network;

/// <summary>A thread of ours that lives in a network namespace.</summary>
/// <remarks>
/// A socket belongs for ever to the namespace in which its creating thread was. So sockets are made on that thread and
/// then used from anywhere, as any other socket. Whoever asks for one waits for it: a thread is born in the namespace of the one
/// that starts it, and to complete a task here could start one for the pool, whose sockets and programs would then be the node's.
/// </remarks>
internal sealed class NamespaceThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly string _path;

    /// <summary>Enters a namespace.</summary>
    /// <param name="path">Its file.</param>
    public NamespaceThread(string path)
    {
        _path = path;
        var entered = new TaskCompletionSource<string>();
        new Thread(() => Live(entered)) { IsBackground = true, Name = $"in {path}" }.Start();
        Identity = entered.Task.GetAwaiter().GetResult();
    }

    /// <summary>Gets the namespace as the kernel names it: <c>net:[4026532180]</c>.</summary>
    public string Identity { get; }

    /// <summary>Makes a socket whose packets start and end in the namespace.</summary>
    /// <param name="type">Stream or datagram.</param>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="family">Which addresses it has.</param>
    public Socket CreateSocket(SocketType type, ProtocolType protocol, AddressFamily family = AddressFamily.InterNetwork) =>
        Run(() => new Socket(family, type, protocol));

    /// <summary>Does something in the namespace and waits for it.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="action">What is done. It starts no thread and no task.</param>
    public T Run<T>(Func<T> action)
    {
        var done = new TaskCompletionSource<T>();
        _work.Add(() =>
        {
            try
            {
                done.SetResult(action());
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => _work.CompleteAdding();

    private void Live(TaskCompletionSource<string> entered)
    {
        try
        {
            using var file = File.OpenHandle(_path, share: FileShare.ReadWrite);
            Native.EnterNamespace(file, Native.NetworkNamespace);
            entered.SetResult(new FileInfo("/proc/thread-self/ns/net").LinkTarget!);
        }
        catch (Exception error)
        {
            entered.SetException(error);
            return;
        }

        foreach (var action in _work.GetConsumingEnumerable())
        {
            action();
        }

        _work.Dispose();
    }
}
