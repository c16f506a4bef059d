#include "bus/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace bmsd::bus {
namespace {

constexpr std::uint64_t call_timeout_us = 5'000'000;  // of calls that sd-bus makes by itself
constexpr int messages_at_once = 32;                  // then the loop gets its turn
constexpr std::uint64_t queue_limit = 16;

struct Callback {
    Connection::Handler handler;
};

int deliver(sd_bus_message* message, void* data, sd_bus_error*)
{
    static_cast<Callback*>(data)->handler(message);
    return 0;
}

// Ties the handler to its slot: it lives as long as that.
Slot owned(sd_bus_slot* slot, std::unique_ptr<Callback> callback)
{
    sd_bus_slot_set_destroy_callback(slot, [](void* data) { delete static_cast<Callback*>(data); });
    sd_bus_slot_set_userdata(slot, callback.release());
    return Slot(slot);
}

std::int64_t monotonic_us()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

void SlotDeleter::operator()(sd_bus_slot* slot) const
{
    sd_bus_slot_unref(slot);
}
void MessageDeleter::operator()(sd_bus_message* message) const
{
    sd_bus_message_unref(message);
}

std::string bus_address()
{
    for (const char* name : {"DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"}) {
        const char* address = std::getenv(name);
        if (address != nullptr && *address != '\0') return address;
    }
    return "unix:path=/var/run/dbus/system_bus_socket";
}

Result<std::unique_ptr<Connection>> Connection::open(Loop& loop, const std::string& address, Lost lost)
{
    sd_bus* raw = nullptr;
    int result = sd_bus_new(&raw);
    if (result < 0) return Failure(fmt::format("no D-Bus connection: {}", std::strerror(-result)));
    std::unique_ptr<Connection> bus(new Connection(loop, raw, std::move(lost)));
    result = sd_bus_set_address(raw, address.c_str());
    if (result >= 0) result = sd_bus_set_bus_client(raw, 1);
    if (result >= 0) result = sd_bus_set_method_call_timeout(raw, call_timeout_us);
    if (result >= 0) result = sd_bus_start(raw);
    if (result < 0)
        return Failure(fmt::format("cannot connect to the D-Bus at {}: {}", address, std::strerror(-result)));
    const int fd = sd_bus_get_fd(raw);
    if (fd >= 0) bus->write_fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 0);  // children must not hold the connection
    if (bus->write_fd_ < 0) return Failure("the D-Bus connection has no descriptor");
    bus->readable_ = loop.watch(fd, Ready::read, [self = bus.get()] { self->pump(); });
    bus->arm();
    return bus;
}

Connection::Connection(Loop& loop, sd_bus* bus, Lost lost) : loop_(loop), bus_(bus), lost_(std::move(lost)) {}

Connection::~Connection()
{
    *alive_ = false;
    readable_.reset();
    writable_.reset();
    if (write_fd_ >= 0) close(write_fd_);
    sd_bus_close(bus_);
    sd_bus_unref(bus_);
}

bool Connection::backed_up() const
{
    std::uint64_t queued = 0;
    return sd_bus_get_n_queued_write(bus_, &queued) >= 0 && queued > queue_limit;
}

void Connection::sent()
{
    arm();
}

// A callback may destroy this Connection; sd-bus itself is kept by a reference of its own until it has returned.
void Connection::pump()
{
    const auto alive = alive_;
    sd_bus* bus = sd_bus_ref(bus_);
    int result = 1;
    for (int i = 0; i < messages_at_once && result > 0 && *alive; ++i) result = sd_bus_process(bus, nullptr);
    if (*alive) {
        if (result < 0 || sd_bus_is_open(bus) <= 0)
            fail(result);
        else if (result > 0)
            pump_soon();
        else
            arm();
    }
    sd_bus_unref(bus);
}

void Connection::pump_soon()
{
    if (pump_posted_) return;
    pump_posted_ = true;
    loop_.post([this, alive = alive_] {
        if (!*alive) return;
        pump_posted_ = false;
        pump();
    });
}

// Asks sd-bus what it waits for and has the loop wait for that.
void Connection::arm()
{
    const int events = sd_bus_get_events(bus_);
    std::uint64_t until_us = 0;
    const int timed = sd_bus_get_timeout(bus_, &until_us);
    if (events < 0 || timed < 0) {
        pump_soon();  // which finds out that the connection is gone
        return;
    }
    if ((events & POLLOUT) == 0)
        writable_.reset();
    else if (!writable_)
        writable_ = loop_.watch(write_fd_, Ready::write, [this] { pump(); });
    if (timed == 0 || until_us == UINT64_MAX) {
        timer_.reset();
        return;
    }
    const auto wait_us = static_cast<std::int64_t>(until_us) - monotonic_us();
    if (wait_us <= 0) {
        pump_soon();
        return;
    }
    const Instant deadline = loop_.now() + std::chrono::microseconds(wait_us + 1);
    if (timer_ && deadline_ <= deadline) return;  // wakes early, then looks again
    deadline_ = deadline;
    timer_ = loop_.at(deadline, [this] {
        timer_.reset();
        pump();
    });
}

void Connection::fail(int error)
{
    readable_.reset();
    writable_.reset();
    timer_.reset();
    if (!lost_) return;
    const std::string reason = error == -ENOBUFS ? "the bus takes no more connections (its limit for one user)"
                               : error < 0       ? std::strerror(-error)
                                                 : "connection closed";
    loop_.post([lost = std::exchange(lost_, nullptr), alive = alive_, reason] {
        if (*alive) lost(reason);
    });
}

Message Connection::new_call(const char* destination, const char* path, const char* interface, const char* member)
{
    sd_bus_message* message = nullptr;
    sd_bus_message_new_method_call(bus_, &message, destination, path, interface, member);
    return Message(message);
}

Message Connection::new_signal(const char* path, const char* interface, const char* member)
{
    sd_bus_message* message = nullptr;
    sd_bus_message_new_signal(bus_, &message, path, interface, member);
    return Message(message);
}

Slot Connection::call(Message message, Handler reply, Duration limit)
{
    sd_bus_slot* slot = nullptr;
    const auto limit_us =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(limit).count());
    if (!message || sd_bus_call_async(bus_, &slot, message.get(), deliver, nullptr, limit_us) < 0) return nullptr;
    Slot result = owned(slot, std::make_unique<Callback>(Callback{std::move(reply)}));
    arm();
    return result;
}

void Connection::send(Message message)
{
    if (message) sd_bus_send(bus_, message.get(), nullptr);
    arm();
}

Slot Connection::match(const std::string& rule, Handler handler)
{
    sd_bus_slot* slot = nullptr;
    if (sd_bus_add_match_async(bus_, &slot, rule.c_str(), deliver, nullptr, nullptr) < 0) return nullptr;
    Slot result = owned(slot, std::make_unique<Callback>(Callback{std::move(handler)}));
    arm();
    return result;
}

NameWatch::NameWatch(Connection& bus, std::string name, Changed changed)
    : name_(std::move(name)), changed_(std::move(changed))
{
    match_ = bus.match(fmt::format("type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                                   "member='NameOwnerChanged',arg0='{}'",
                                   name_),
                       [this](sd_bus_message* message) {
                           const char *subject = nullptr, *before = nullptr, *after = nullptr;
                           if (sd_bus_message_read(message, "sss", &subject, &before, &after) >= 0) set(after);
                       });
    Message query =
        bus.new_call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner");
    if (!query || sd_bus_message_append(query.get(), "s", name_.c_str()) < 0) return;
    query_ = bus.call(std::move(query), [this](sd_bus_message* reply) {
        const char* owner = "";
        if (sd_bus_message_is_method_error(reply, nullptr) <= 0) sd_bus_message_read(reply, "s", &owner);
        set(owner);
    });
}

void NameWatch::set(const char* owner)
{
    if (known_ && owner_ == owner) return;
    known_ = true;
    owner_ = owner;
    changed_(owner_);
}

std::string error_text(sd_bus_message* message)
{
    const sd_bus_error* error = sd_bus_message_get_error(message);
    if (error == nullptr) return {};
    return fmt::format("{}: {}", error->name != nullptr ? error->name : "error",
                       error->message != nullptr ? error->message : "");
}

}  // namespace bmsd::bus
