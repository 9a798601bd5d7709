using System.Security.Cryptography;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Validation.Core;
using Validation.Core.Recording;
using Validation.Core.Stacks;

namespace Validation.Spire.Access;

/// <summary>
/// What the harness trusts: the authorities in the bundles of all servers, read over their private sockets. Looks again when
/// it meets an authority that it does not know, because servers make new ones.
/// </summary>
internal sealed class TrustView : IDisposable
{
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(2);

    // A machine that has just started a whole stack may be slow to answer the first time.
    private const int Attempts = 5;

    // An SVID that nobody can verify must not make every operation read three bundles.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(500);

    private readonly ISpireStack _spire;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _reading = new(1);
    private readonly CancellationTokenSource _closing = new();
    private long _lastRead;

    private TrustView(ISpireStack spire, TimeProvider time)
    {
        _spire = spire;
        _time = time;
        TrustDomain = TrustDomain.Parse(spire.TrustDomain);
        Verifier = new SvidVerifier();
    }

    /// <summary>Gets the trust domain.</summary>
    public TrustDomain TrustDomain { get; }

    /// <summary>Gets what verifies SVIDs by all that is known now.</summary>
    public SvidVerifier Verifier { get; private set; }

    /// <summary>Reads the bundles for the first time.</summary>
    /// <param name="spire">The stack.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HarnessException">No server gave its bundle.</exception>
    public static async Task<TrustView> ReadAsync(ISpireStack spire, TimeProvider time, CancellationToken cancellationToken)
    {
        var view = new TrustView(spire, time);
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await view.ReadAgainAsync(cancellationToken) > 0)
            {
                return view;
            }

            view._lastRead = 0;
            await Task.Delay(LookAgainAfter, time, cancellationToken);
        }

        view.Dispose();
        throw new HarnessException(ExitCode.EnvironmentFailed, $"None of {string.Join(", ", spire.Servers.Select(server => server.Node.Name))} gave its bundle.");
    }

    /// <summary>Reads the bundle of one server over its private socket.</summary>
    /// <param name="server">The server.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Null when the server does not answer, or what it answers is no bundle.</returns>
    public static async Task<TrustBundle?> ReadBundleAsync(SpireServerAccess server, CancellationToken cancellationToken)
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = server.DialAdmin });
        try
        {
            var answer = await channel.CallAsync(BundleMethods.GetBundle, new GetBundleRequest(), CallOptions.Within(ReadLimit), cancellationToken);
            var bundle = TrustBundle.FromApi(answer);
            _ = new SvidVerifier(bundle);
            return bundle;
        }
        catch (Exception failure) when (failure is GrpcException or FormatException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Verifies an SVID, looking for new authorities first when its own is not known.</summary>
    /// <param name="chain">The leaf, then intermediates, each in DER.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    public async ValueTask<SvidVerification> VerifyAsync(IReadOnlyList<ReadOnlyMemory<byte>> chain, CancellationToken cancellationToken)
    {
        var verification = Verifier.Verify(chain, _time.GetUtcNow());
        if (verification.Problem == SvidProblem.UnknownAuthority)
        {
            await ReadAgainAsync(cancellationToken);
            verification = Verifier.Verify(chain, _time.GetUtcNow());
        }

        return verification;
    }

    /// <summary>Begins to look for new authorities and does not wait: connections made later know them.</summary>
    public void LookAgain() => _ = LookAgainAsync();

    /// <summary>Returns how the recording calls the result of a verification.</summary>
    /// <param name="verification">The verification.</param>
    public static SvidCheck CheckOf(SvidVerification verification) => verification.Problem switch
    {
        SvidProblem.None => SvidCheck.Verified,
        SvidProblem.UnknownAuthority => SvidCheck.UnknownAuthority,
        _ => SvidCheck.Wrong,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        _closing.Cancel();
        _closing.Dispose();
        _reading.Dispose();
    }

    private async Task LookAgainAsync()
    {
        try
        {
            await ReadAgainAsync(_closing.Token);
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
        {
            // Nobody connects any longer.
        }
    }

    private async Task<int> ReadAgainAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_lastRead != 0 && _time.GetElapsedTime(_lastRead) < LookAgainAfter)
            {
                return 0;
            }

            var read = await Task.WhenAll(_spire.Servers.Select(server => ReadBundleAsync(server, cancellationToken)));
            var bundles = read.OfType<TrustBundle>().ToArray();
            if (bundles.Length > 0)
            {
                Verifier = new SvidVerifier(bundles);
            }

            _lastRead = _time.GetTimestamp();
            return bundles.Length;
        }
        finally
        {
            _reading.Release();
        }
    }
}
