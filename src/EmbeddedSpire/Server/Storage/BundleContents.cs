using System.Security.Cryptography;
using EmbeddedSpire.Logging;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Storage;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Server.Storage;

/// <summary>What happens to a bundle between reading and writing it. Nothing here knows the database.</summary>
internal static class BundleContents
{
    /// <summary>Adds authorities that are not there yet.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool Merge(this Bundle bundle, Bundle added)
    {
        var before = bundle.RootCas.Count + bundle.JwtSigningKeys.Count;
        bundle.RootCas.Add(added.RootCas.Where(authority => !bundle.RootCas.Contains(authority)).ToList());
        bundle.JwtSigningKeys.Add(added.JwtSigningKeys.Where(key => !bundle.JwtSigningKeys.Contains(key)).ToList());
        return bundle.RootCas.Count + bundle.JwtSigningKeys.Count > before;
    }

    /// <summary>Removes authorities that have ended.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="endedBefore">Who ended then or earlier goes.</param>
    /// <param name="log">Told what goes.</param>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="DatastoreException">None would be left.</exception>
    public static bool Prune(this Bundle bundle, DateTimeOffset endedBefore, Logger log)
    {
        var authorities = bundle.RootCas.Where(authority => Decode(authority).NotAfter > endedBefore).ToList();
        var keys = bundle.JwtSigningKeys.Where(key => key.NotAfter > endedBefore.ToUnixTimeSeconds()).ToList();
        if (authorities.Count == 0)
        {
            log.Warn("Pruning halted; all known CA certificates have expired");
            throw new DatastoreException(StatusCode.Unknown, "prune failed: would prune all certificates");
        }

        if (keys.Count == 0 && bundle.JwtSigningKeys.Count > 0)
        {
            log.Warn("Pruning halted; all known JWT signing keys have expired");
            throw new DatastoreException(StatusCode.Unknown, "prune failed: would prune all JWT signing keys");
        }

        var hasChanged = authorities.Count < bundle.RootCas.Count || keys.Count < bundle.JwtSigningKeys.Count;
        Replace(bundle.RootCas, authorities);
        Replace(bundle.JwtSigningKeys, keys);
        return hasChanged;
    }

    /// <summary>Marks an X.509 authority as not to be relied on.</summary>
    /// <exception cref="DatastoreException">There is none with this id, or it is marked already.</exception>
    public static void TaintAuthority(this Bundle bundle, string authorityId)
    {
        var authority = bundle.RootCas.FirstOrDefault(authority => Decode(authority).SubjectKeyId == authorityId)
            ?? throw new DatastoreException(StatusCode.NotFound, "no ca found with provided subject key ID");
        if (authority.TaintedKey)
        {
            throw new DatastoreException(StatusCode.InvalidArgument, "root CA is already tainted");
        }

        authority.TaintedKey = true;
    }

    /// <summary>Removes a tainted X.509 authority.</summary>
    /// <exception cref="DatastoreException">There is none with this id, or it is not tainted.</exception>
    public static void RevokeAuthority(this Bundle bundle, string authorityId)
    {
        var authority = bundle.RootCas.FirstOrDefault(authority => Decode(authority).SubjectKeyId == authorityId)
            ?? throw new DatastoreException(StatusCode.NotFound, "no root CA found with provided subject key ID");
        if (!authority.TaintedKey)
        {
            throw new DatastoreException(StatusCode.InvalidArgument, "it is not possible to revoke an untainted root CA");
        }

        bundle.RootCas.Remove(authority);
    }

    /// <summary>Marks a JWT key as not to be relied on.</summary>
    /// <exception cref="DatastoreException">There is none with this id, or it is marked already.</exception>
    public static void TaintJwtKey(this Bundle bundle, string keyId)
    {
        var key = FindJwtKey(bundle, keyId);
        if (key.TaintedKey)
        {
            throw new DatastoreException(StatusCode.InvalidArgument, "key is already tainted");
        }

        key.TaintedKey = true;
    }

    /// <summary>Removes a tainted JWT key.</summary>
    /// <exception cref="DatastoreException">There is none with this id, or it is not tainted.</exception>
    public static void RevokeJwtKey(this Bundle bundle, string keyId)
    {
        var key = FindJwtKey(bundle, keyId);
        if (!key.TaintedKey)
        {
            throw new DatastoreException(StatusCode.InvalidArgument, "it is not possible to revoke an untainted key");
        }

        bundle.JwtSigningKeys.Remove(key);
    }

    private static PublicKey FindJwtKey(Bundle bundle, string keyId) =>
        bundle.JwtSigningKeys.FirstOrDefault(key => key.Kid == keyId)
        ?? throw new DatastoreException(StatusCode.NotFound, "no JWT Key found with provided key ID");

    private static DecodedCertificate Decode(Certificate authority)
    {
        try
        {
            return DecodedCertificate.Decode(authority.DerBytes.Memory);
        }
        catch (CryptographicException error)
        {
            throw new DatastoreException(StatusCode.Internal, $"failed to parse rootCA: {error.Message}", error);
        }
    }

    private static void Replace<T>(Google.Protobuf.Collections.RepeatedField<T> field, List<T> values)
        where T : IMessage<T>
    {
        field.Clear();
        field.Add(values);
    }
}
