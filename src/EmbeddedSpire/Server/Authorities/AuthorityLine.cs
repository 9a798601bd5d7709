using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Contracts.Journal;

namespace EmbeddedSpire.Server.Authorities;

/// <summary>The succession of this server's authorities of one kind: prepare the next, activate it, let go of the old.</summary>
/// <typeparam name="T">What signs.</typeparam>
internal abstract class AuthorityLine<T> : IDisposable
    where T : class
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CallMetric _preparations;

    private protected AuthorityLine(string metric, MetricRegistry metrics, Logger log, TimeProvider time)
    {
        _preparations = metrics.Call(metric);
        Log = log;
        Time = time;
    }

    /// <summary>Gets the slot whose authority signs.</summary>
    public AuthoritySlot<T> Current { get; private set; } = new("A");

    /// <summary>Gets the slot with the next authority, or with the old one.</summary>
    public AuthoritySlot<T> Next { get; private set; } = new("B");

    private protected Logger Log { get; }

    private protected TimeProvider Time { get; }

    /// <summary>Begins: makes an authority at once when there is none, and otherwise what is due.</summary>
    /// <exception cref="DatastoreException">The authority could not be published.</exception>
    public async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        var now = Time.GetUtcNow();
        var current = Current;
        if (current.IsEmpty)
        {
            await PrepareAsync(cancellationToken);
            await ActivateAsync(cancellationToken);
        }

        if (Next.IsEmpty && current.ShouldPrepareNext(now))
        {
            await PrepareAsync(cancellationToken);
        }

        if (current.ShouldActivateNext(now))
        {
            await RotateAsync(cancellationToken);
        }
    }

    /// <summary>Makes an authority, publishes it in the bundle, and puts it into the next slot, whatever was there; or into the current one when that is empty.</summary>
    /// <exception cref="DatastoreException">The authority could not be published; then there is no new one.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var begun = _preparations.Begin();
        var status = "Unknown";
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var slot = Current.IsEmpty ? Current : Next;
            slot.Retire();
            await MakeAsync(slot, Time.GetUtcNow(), cancellationToken);
            await TryJournalAsync("append to", () => AppendAsync(slot, cancellationToken));
            status = "OK";
        }
        finally
        {
            _gate.Release();
            _preparations.End(begun, status);
        }
    }

    /// <summary>Begins to sign with the next authority. The one before becomes old.</summary>
    public async Task RotateAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            // In this order, so that whoever looks meanwhile finds an active authority, which signs, at any instant.
            Activate(Next);
            (Current, Next) = (Next, Current);
            Next.Retire();
            await TryJournalAsync("update status in", () => SetStatusAsync(Next.AuthorityId, Status.Old, cancellationToken));
            await TryJournalAsync("update status in", () => SetStatusAsync(Current.AuthorityId, Status.Active, cancellationToken));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gate.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes up the succession where the journal left it.</summary>
    /// <param name="found">The usable entries, oldest first, each with its slot.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    private protected async Task ResumeAsync(IEnumerable<AuthoritySlot<T>> found, CancellationToken cancellationToken)
    {
        // The newest of each kind counts.
        AuthoritySlot<T>? current = null, next = null;
        foreach (var slot in found.Reverse())
        {
            if (slot.Status == Status.Active)
            {
                current ??= slot;
            }
            else
            {
                next ??= slot;
            }
        }

        if (current is null && next is not null)
        {
            (current, next) = (next, null);
        }

        Current = current ?? Current;
        Next = next is not null && next.Id != Current.Id ? next : new AuthoritySlot<T>(Current.OtherId);
        if (!Current.IsEmpty && !Current.ShouldActivateNext(Time.GetUtcNow()))
        {
            await ActivateAsync(cancellationToken);
        }
    }

    /// <summary>Makes an authority, publishes it, and fills the slot with it.</summary>
    private protected abstract Task MakeAsync(AuthoritySlot<T> slot, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Lets others know that an authority signs from now on.</summary>
    private protected abstract void OnActivated(AuthoritySlot<T> slot);

    private protected abstract Task AppendAsync(AuthoritySlot<T> slot, CancellationToken cancellationToken);

    private protected abstract Task SetStatusAsync(string authorityId, Status status, CancellationToken cancellationToken);

    private async Task ActivateAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            Activate(Current);
            await TryJournalAsync("update status in", () => SetStatusAsync(Current.AuthorityId, Status.Active, cancellationToken));
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Activate(AuthoritySlot<T> slot)
    {
        if (slot.Authority is null)
        {
            throw new InvalidOperationException("There is no authority to activate.");
        }

        slot.Status = Status.Active;
        OnActivated(slot);
    }

    /// <summary>As in SPIRE a server goes on with what it has in memory when its journal cannot be written.</summary>
    private async Task TryJournalAsync(string what, Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception error) when (error is DatastoreException or InvalidOperationException)
        {
            Log.Error($"Unable to {what} CA journal", ("error", error.Message));
        }
    }
}
