using System.Runtime.InteropServices;

namespace Validation.Environments.Local.Sandbox;

/// <summary>Calls into libc for what .NET has no API for. Constants have the same values on every Linux architecture.</summary>
internal static partial class Native
{
    /// <summary>SIGKILL.</summary>
    public const int SigKill = 9;

    /// <summary>SIGTERM.</summary>
    public const int SigTerm = 15;

    /// <summary>SIGCONT.</summary>
    public const int SigCont = 18;

    /// <summary>SIGSTOP.</summary>
    public const int SigStop = 19;

    /// <summary>CLONE_NEWNET: a network namespace.</summary>
    public const int NetworkNamespace = 0x40000000;

    /// <summary>RLIMIT_DATA: memory that is a process' own.</summary>
    public const int DataSize = 2;

    /// <summary>RLIMIT_NOFILE: numbers of open files. Another number on MIPS and SPARC.</summary>
    public const int OpenFiles = 7;

    /// <summary>RLIM_INFINITY, as far as a signed number holds it.</summary>
    public const long NoLimit = long.MaxValue;

    // Two for each connection of ten thousand agents through one load balancer, and many times more.
    private const ulong ManyFiles = 200_000;
    private const string Library = "libc";
    private const int UnixDomain = 1;
    private const int StreamCloseOnExec = 1 | 0x80000;
    private const int SetDescriptorFlags = 2;
    private const int CloseOnExec = 1;
    private const int AnyChild = 0;
    private const int ExitedButKeep = 0x1 | 0x4 | 0x01000000; // WNOHANG | WEXITED | WNOWAIT
    private const int NoHang = 1;
    private const int ChildPidOffset = 16;
    private const int ReadAndWrite = 1 | 2;
    private const int Shared = 1;
    private const short Readable = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const nuint DeviceSettings = 0x8946; // SIOCETHTOOL
    private const int SetSendChecksum = 0x17; // ETHTOOL_STXCSUM
    private const int LongestDeviceName = 16;
    private const nint OpenProcessDescriptor = 434; // pidfd_open, which older C libraries do not have
    private const nint CopyDescriptor = 438; // pidfd_getfd
    private const int LongestSocketAddress = 16;
    private const int NoSuchProcess = 3; // ESRCH
    private const int BadDescriptor = 9; // EBADF
    private const nuint Remount = 0x20;
    private const nuint Bind = 0x1000;
    private const int Detach = 2;

    /// <summary>Sends a signal.</summary>
    /// <param name="pid">To whom.</param>
    /// <param name="signal">The signal; 0 only asks whether the process exists.</param>
    /// <returns>False when there is no such process any more.</returns>
    public static bool Signal(int pid, int signal) => Kill(pid, signal) == 0;

    /// <summary>Moves the calling thread into a namespace.</summary>
    /// <param name="file">The namespace.</param>
    /// <param name="kind">Its kind.</param>
    public static void EnterNamespace(SafeHandle file, int kind) => Check(SetNamespace(file, kind), "setns");

    /// <summary>Mounts a fresh tmpfs that nobody outside of the mount namespace sees.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="options">Its options, for example <c>mode=0755</c>.</param>
    public static void MountTmpfs(string directory, string options) =>
        Check(Mount("tmpfs", directory, "tmpfs", 0, options), $"mount tmpfs on {directory}");

    /// <summary>Puts a file in the place of another, for the mount namespace alone.</summary>
    /// <param name="file">The file.</param>
    /// <param name="place">The other one; it must be there.</param>
    public static void MountOver(string file, string place) => Check(Mount(file, place, string.Empty, Bind, string.Empty), $"mount {file} on {place}");

    /// <summary>Gives a tmpfs another size.</summary>
    /// <param name="directory">Where it is mounted.</param>
    /// <param name="size">The size as an option: <c>size=4096</c>.</param>
    /// <param name="mustSucceed">Whether it is an error when more is used.</param>
    /// <returns>False when more is used.</returns>
    public static bool TryResizeTmpfs(string directory, string size, bool mustSucceed)
    {
        var result = Mount("tmpfs", directory, "tmpfs", Remount, size);
        Check(mustSucceed ? result : 0, $"remount {directory} with {size}");
        return result == 0;
    }

    /// <summary>Takes a file system out of its directory, also while it is used.</summary>
    /// <param name="directory">Where it is mounted.</param>
    public static void Unmount(string directory) => Check(Unmount(directory, Detach), $"umount {directory}");

    /// <summary>Reads a soft limit of a process.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="resource">Of what.</param>
    /// <returns>The limit, <see cref="NoLimit"/> when there is none, and -1 when the process is gone.</returns>
    public static unsafe long ReadLimit(int pid, int resource)
    {
        ResourceLimit limit;
        return ProcessLimit(pid, resource, null, &limit) != 0 ? -1 : limit.Soft > NoLimit ? NoLimit : (long)limit.Soft;
    }

    /// <summary>Sets a soft limit of a process and leaves the hard one. Does nothing when the process is gone.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="resource">Of what.</param>
    /// <param name="soft">The limit.</param>
    public static unsafe void SetSoftLimit(int pid, int resource, long soft)
    {
        ResourceLimit before;
        if (ProcessLimit(pid, resource, null, &before) == 0)
        {
            var limit = before with { Soft = (ulong)soft };
            var result = ProcessLimit(pid, resource, &limit, null);
            Check(result != 0 && Marshal.GetLastPInvokeError() == NoSuchProcess ? 0 : result, $"prlimit {pid}");
        }
    }

    /// <summary>Lets this process and those that it starts open many files, when it may; whoever needs them all finds out otherwise.</summary>
    public static void AllowManyFiles()
    {
        if (GetLimit(OpenFiles, out var allowed) == 0 && allowed.Hard < ManyFiles)
        {
            _ = SetLimit(OpenFiles, new ResourceLimit(ManyFiles, ManyFiles));
        }
    }

    /// <summary>Makes two connected sockets. Neither is inherited by programs that are started.</summary>
    public static (int Ours, int Theirs) MakeSocketPair()
    {
        Span<int> pair = stackalloc int[2];
        Check(SocketPair(UnixDomain, StreamCloseOnExec, 0, pair), "socketpair");
        return (pair[0], pair[1]);
    }

    /// <summary>Decides whether programs that are started inherit a descriptor.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="inherit">True when they do.</param>
    public static void SetInherited(int descriptor, bool inherit) =>
        Check(FileControl(descriptor, SetDescriptorFlags, inherit ? 0 : CloseOnExec), "fcntl");

    /// <summary>Closes a descriptor.</summary>
    /// <param name="descriptor">The descriptor.</param>
    public static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    /// <summary>Returns a child that has ended and whose exit code nobody has collected, or 0. It stays uncollected.</summary>
    public static unsafe int PeekEndedChild()
    {
        var information = stackalloc byte[128];
        new Span<byte>(information, 128).Clear();
        return WaitId(AnyChild, 0, information, ExitedButKeep) == 0 ? *(int*)(information + ChildPidOffset) : 0;
    }

    /// <summary>Collects the exit code of a child that has ended and throws it away.</summary>
    /// <param name="pid">The child.</param>
    public static void Reap(int pid) => _ = WaitPid(pid, out _, NoHang);

    /// <summary>Returns the kernel's number for a network device.</summary>
    /// <param name="device">Its name.</param>
    public static int IndexOfDevice(string device)
    {
        var index = NameToIndex(device);
        Check(index == 0 ? -1 : 0, $"if_nametoindex {device}");
        return index;
    }

    /// <summary>Maps memory of the kernel that belongs to a descriptor.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="length">How many bytes.</param>
    public static nint MapMemory(SafeHandle descriptor, nuint length)
    {
        var memory = MemoryMap(0, length, ReadAndWrite, Shared, descriptor, 0);
        Check(memory == -1 ? -1 : 0, "mmap");
        return memory;
    }

    /// <summary>Gives such memory back.</summary>
    /// <param name="memory">Where it is.</param>
    /// <param name="length">How many bytes.</param>
    public static void UnmapMemory(nint memory, nuint length) => _ = MemoryUnmap(memory, length);

    /// <summary>Waits until a descriptor can be read from, or until a time is over.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="nanoseconds">How long.</param>
    public static unsafe void WaitReadable(SafeHandle descriptor, long nanoseconds)
    {
        var wanted = new PollDescriptor { Descriptor = (int)descriptor.DangerousGetHandle(), Events = Readable };
        var limit = stackalloc nint[] { (nint)(nanoseconds / NanosecondsPerSecond), (nint)(nanoseconds % NanosecondsPerSecond) };
        _ = Poll(&wanted, 1, limit, null);
    }

    /// <summary>Makes a network device send packets only whole and with their checksums, as they would be on a wire.</summary>
    /// <param name="descriptor">Any socket of the device's namespace.</param>
    /// <param name="device">Its name.</param>
    public static unsafe void SendAsOnAWire(SafeHandle descriptor, string device)
    {
        // Without checksums the kernel cannot leave the cutting of large TCP packets to the device either.
        var setting = stackalloc int[] { SetSendChecksum, 0 };
        var request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        System.Text.Encoding.ASCII.GetBytes(device, new Span<byte>(request, LongestDeviceName - 1));
        *(nint*)(request + LongestDeviceName) = (nint)setting;
        Check(Control(descriptor, DeviceSettings, request), $"ethtool {device}");
    }

    /// <summary>Resets a TCP connection of another process.</summary>
    /// <param name="pid">The process. Nothing happens when it is gone, or has closed the socket meanwhile.</param>
    /// <param name="descriptor">Its descriptor of the socket.</param>
    public static unsafe void ResetSocketOf(int pid, int descriptor)
    {
        var process = (int)SystemCall(OpenProcessDescriptor, pid, 0, 0);
        if (process < 0)
        {
            return;
        }

        var copy = (int)SystemCall(CopyDescriptor, process, descriptor, 0);
        var error = Marshal.GetLastPInvokeError();
        Close(process);
        if (copy < 0)
        {
            Marshal.SetLastPInvokeError(error);
            Check(error is NoSuchProcess or BadDescriptor ? 0 : -1, "pidfd_getfd");
            return;
        }

        // An address of no family at all disconnects a socket.
        var nowhere = stackalloc byte[LongestSocketAddress];
        new Span<byte>(nowhere, LongestSocketAddress).Clear();
        _ = Connect(copy, nowhere, LongestSocketAddress);
        Close(copy);
    }

    /// <summary>Ends this process at once, without running anything else in it.</summary>
    /// <param name="exitCode">The exit code.</param>
    [LibraryImport(Library, EntryPoint = "_exit")]
    public static partial void ExitNow(int exitCode);

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.",
                "'doctor' lists what the kernel must allow.");
        }
    }

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third);

    [LibraryImport(Library, EntryPoint = "connect", SetLastError = true)]
    private static unsafe partial int Connect(int descriptor, byte* address, int length);

    [LibraryImport(Library, EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeHandle file, int kind);

    [LibraryImport(Library, EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, nuint flags, string options);

    [LibraryImport(Library, EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);

    [LibraryImport(Library, EntryPoint = "prlimit", SetLastError = true)]
    private static unsafe partial int ProcessLimit(int pid, int resource, ResourceLimit* limit, ResourceLimit* before);

    [LibraryImport(Library, EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [LibraryImport(Library, EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    [LibraryImport(Library, EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPair(int domain, int type, int protocol, Span<int> pair);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(int descriptor, int command, int argument);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport(Library, EntryPoint = "waitid", SetLastError = true)]
    private static unsafe partial int WaitId(int kind, int id, byte* information, int options);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitPid(int pid, out int status, int options);

    [LibraryImport(Library, EntryPoint = "if_nametoindex", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NameToIndex(string device);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MemoryMap(nint address, nuint length, int protection, int flags, SafeHandle descriptor, nint offset);

    [LibraryImport(Library, EntryPoint = "munmap")]
    private static partial int MemoryUnmap(nint address, nuint length);

    [LibraryImport(Library, EntryPoint = "ppoll")]
    private static unsafe partial int Poll(PollDescriptor* descriptors, nuint count, nint* limit, void* signals);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int Control(SafeHandle descriptor, nuint request, void* argument);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ResourceLimit(ulong Soft, ulong Hard);
}
