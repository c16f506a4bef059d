// bmsd-claim SOCKET PORT [lock|alone]: hands a serial port to the running daemon and stays as long as a battery is
// served there. serial-starter of Venus OS starts one such process a port and tries the next driver when it ends
// (core/venus-install.md section 5), so it is small: no C++ library, no heap. The words it hears: daemon/claims.h.
//
// serial-starter holds its lock of the port for us. Who starts us by hand says `lock`: then we take it, or leave a port
// alone that another program has.
// `alone`: no other program waits for the port. One that is refused is asked for again once a minute: ending would only
// have us started again at once.
//
// Ends: no battery there, refused (not `alone`), or locked: 0. No daemon for 30 s, or wrong arguments: 1. TERM and INT:
// at once.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <initializer_list>

namespace {

constexpr int patience = 30, retry_ms = 200;  // s without a daemon; between two attempts
constexpr int refused_ms = 60'000;            // until a port that was refused is asked for again
constexpr const char* locks = "/var/lock/serial-starter/";

char lock[128];  // ours; empty: none

void tell(const char* a, const char* b = "", const char* c = "", const char* d = "")
{
    for (const char* text : {a, b, c, d, "\n"}) {
        if (write(STDERR_FILENO, text, strlen(text)) < 0) return;
    }
}

long now()
{
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

void end(int)
{
    if (lock[0] != '\0') unlink(lock);
    _exit(0);
}

/// False: another program has the port. Where there is no serial-starter there are no locks.
bool take_lock(const char* port)
{
    if (access(locks, W_OK) != 0) return true;
    char pid[16], path[sizeof lock];
    char* digit = pid + sizeof pid;
    *--digit = '\0';
    for (int rest = getpid(); rest > 0; rest /= 10) *--digit = static_cast<char>('0' + rest % 10);
    const char* slash = strrchr(port, '/');
    const char* name = slash != nullptr ? slash + 1 : port;
    if (strlen(locks) + strlen(name) >= sizeof path) return false;
    strcpy(path, locks);
    strcat(path, name);
    if (symlink(digit, path) != 0) return false;
    strcpy(lock, path);
    return true;
}

int connect_to(const char* path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

bool ask(int fd, const char* port)
{
    const auto length = static_cast<ssize_t>(strlen(port));
    return send(fd, port, strlen(port), MSG_NOSIGNAL) == length && send(fd, "\n", 1, MSG_NOSIGNAL) == 1;
}

/// The daemon's verdict; empty when it went away without one.
void hear(int fd, char (&words)[256])
{
    size_t length = 0;
    for (;;) {
        const ssize_t count = read(fd, words + length, sizeof words - 1 - length);
        if (count <= 0) break;
        length += static_cast<size_t>(count);
    }
    words[length] = '\0';
}

/// Until the port may be asked for again: a minute, or another daemon, which may have other settings.
void rest(const char* path)
{
    pollfd daemon{connect_to(path), POLLIN, 0};
    if (daemon.fd < 0) return;
    poll(&daemon, 1, refused_ms);
    close(daemon.fd);
}

/// Until there is a verdict or no daemon for too long.
int claim(const char* path, const char* port, bool alone)
{
    bool told = false;
    for (long seen = now(); now() - seen < patience;) {
        const int fd = connect_to(path);
        if (fd < 0) {
            poll(nullptr, 0, retry_ms);
            continue;
        }
        char words[256] = "";
        if (ask(fd, port)) hear(fd, words);
        close(fd);
        const bool verdict = words[0] != '\0', refused = strncmp(words, "refused", 7) == 0;
        if (verdict && !(refused && told)) tell(port, ": ", words);
        if (verdict && !(refused && alone)) return 0;
        if (refused) rest(path);
        told = refused;
        seen = now();
        poll(nullptr, 0, retry_ms);  // a daemon that ends at once must not make us spin
    }
    tell(port, ": no daemon at ", path);
    return 1;
}

}  // namespace

int main(int argc, char** argv)
{
    const bool by_hand = argc == 4 && strcmp(argv[3], "lock") == 0;
    const bool alone = argc == 4 && strcmp(argv[3], "alone") == 0;
    if ((argc != 3 && !by_hand && !alone) || strchr(argv[2], '\n') != nullptr) {
        tell("usage: bmsd-claim SOCKET PORT [lock|alone]");
        return 1;
    }
    struct sigaction action {};
    action.sa_handler = end;
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    if (by_hand && !take_lock(argv[2])) {
        tell(argv[2], ": another program has it (", locks, ")");
        return 0;
    }
    const int code = claim(argv[1], argv[2], alone);
    if (lock[0] != '\0') unlink(lock);
    return code;
}
