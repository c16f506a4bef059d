#include "link/ble/port.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <algorithm>

#include "bms/language/advert.h"
#include "util/log.h"

namespace bmsd::link {
namespace {

using namespace std::chrono_literals;

constexpr const char *device_interface = "org.bluez.Device1", *gatt_interface = "org.bluez.GattCharacteristic1";
constexpr Duration first_pause = 1s, longest_pause = 30s;
constexpr Duration told_again = 60s;     // why there is no connection
constexpr Duration silence_limit = 30s;  // a connection on which nothing comes that long is none
constexpr Duration restart_again = 5min;
constexpr Duration least_wait = 2s;  // for types whose timing is that of a wire
constexpr std::size_t most_awaited = 1024, most_kept = 2048;
constexpr unsigned least_mtu = 23, mtu_overhead = 3;

}  // namespace

BlePort::BlePort(Loop& loop, std::shared_ptr<Bluez> bluez, BleTarget target, bool reset)
    : loop_(loop),
      bluez_(std::move(bluez)),
      target_(std::move(target)),
      reset_(reset),
      changes_(loop),
      arrivals_(loop),
      connector_(loop, *bluez_, changes_, target_)
{
    watch_ = bluez_->subscribe([this] {
        changes_.ring();
        if (connected_ && !still_there()) lose("the connection was lost");
    });
    life_ = life();
    life_.start();
}

BlePort::~BlePort()
{
    life_.cancel();
    if (paths_.device.empty()) paths_.device = connector_.known_device();  // it may be half connected
    hang_up();
}

Result<void> BlePort::open(unsigned, bms::Parity)
{
    if (!connected_) return Failure(target_.mac + " is not connected");
    opened_ = true;
    return {};
}

void BlePort::close()
{
    if (std::exchange(opened_, false) && connected_) lose("closed, to begin anew");
}

bool BlePort::still_there() const
{
    const Bluez::Device* device = bluez_->device(paths_.device);
    return device != nullptr && device->resolved;
}

/// Keeps a connection, for ever.
Task<void> BlePort::life()
{
    Duration pause = first_pause;
    for (;;) {
        if (loop_.now() < away_until_) co_await loop_.sleep_until(away_until_);
        const auto paths = co_await connector_.connect(gatt_);
        if (paths) {
            paths_ = *paths;
            co_await stay_connected();
            if (answered_) pause = first_pause;
        } else {
            tell(paths.error());
        }
        co_await restart_adapter();
        co_await loop_.sleep(pause);
        pause = std::min(2 * pause, longest_pause);
    }
}

Task<void> BlePort::stay_connected()
{
    const Bluez::Device* device = bluez_->device(paths_.device);
    if (device == nullptr) co_return;
    device_name_ = device->name;
    buffer_.clear();
    hears_ = answered_ = false;
    const auto& characteristics = bluez_->characteristics();
    const auto one = characteristics.find(paths_.write);
    commands_ = one != characteristics.end() &&
                (gatt().command_first ? one->second.can("write-without-response") : !one->second.can("write"));
    connected_ = true;
    ++connection_;
    last_heard_ = loop_.now();
    told_.clear();
    log::info("{}: connected, {}", target_.mac, device_name_);
    while (connected_) co_await changes_.wait(loop_.now() + silence_limit);
    if (!answered_) next_gatt();
}

/// Nothing was heard on these characteristics: others of the type may be the right ones.
void BlePort::next_gatt()
{
    if (target_.entry->gatt.size() > 1) gatt_ = (gatt_ + 1) % target_.entry->gatt.size();
}

void BlePort::tell(const std::string& why)
{
    if (why == told_ && loop_.now() - told_at_ < told_again) return;
    told_ = why;
    told_at_ = loop_.now();
    log::warning("{}: {}: {}", target_.mac, target_.entry->name, why);
}

/// Everything of this connection is void: paths, descriptors, what was heard.
void BlePort::lose(const std::string& why)
{
    if (!std::exchange(connected_, false)) return;
    opened_ = false;
    const Bluez::Device* device = bluez_->device(paths_.device);
    log::warning("{}: {} ({}, RSSI {}, connected: {})", target_.mac, why, device_name_,
                 device != nullptr && device->rssi ? std::to_string(*device->rssi) : "not told",
                 device != nullptr && device->connected ? "yes" : "no");
    was_good_ = was_good_ || answered_;
    hang_up();
    changes_.ring();
    arrivals_.ring();
}

/// Sent and not waited for: it takes seconds. An old subscription would wake up with the next connection.
void BlePort::hang_up()
{
    for (const auto& ear : ears_)
        if (!ear->path.empty()) bluez_->send(bluez_->message(ear->path, gatt_interface, "StopNotify"));
    ears_.clear();
    if (!paths_.device.empty()) bluez_->send(bluez_->message(paths_.device, device_interface, "Disconnect"));
    paths_ = {};
}

void BlePort::stay_away(Duration duration)
{
    away_until_ = loop_.now() + duration;
    lose("the connection is ended");
}

/// Cures adapters that connect to nothing any more; it costs all others their connection, so it is asked for.
Task<void> BlePort::restart_adapter()
{
    if (!reset_ || !was_good_ || loop_.now() - last_heard_ < silence_limit) co_return;
    for (auto& [path, adapter] : bluez_->adapters()) {
        if (!target_.adapter.empty() && path != "/org/bluez/" + target_.adapter) continue;
        if (adapter.restarted && loop_.now() - *adapter.restarted < restart_again) continue;
        adapter.restarted = loop_.now();
        const std::string which = path;
        log::warning("{}: no data for {:.0f} s, switching {} off and on", target_.mac,
                     to_seconds(loop_.now() - last_heard_), which);
        co_await bluez_->set_powered(which, false);
        co_await loop_.sleep(2s);
        co_await bluez_->set_powered(which, true);
        co_return;
    }
}

Task<bms::Reply<void>> BlePort::hear_all()
{
    if (hears_) co_return bms::Reply<void>{};
    for (const std::string& path : {paths_.notify, paths_.also_notify}) {
        if (path.empty()) continue;
        const auto hears = co_await hear(path);
        if (!hears) co_return hears;
    }
    hears_ = connected_;
    co_return hears_ ? bms::Reply<void>{} : bms::refuse(bms::Refusal::link_lost);
}

/// By a descriptor where BlueZ offers it: a notification then costs one read. Else by signals.
Task<bms::Reply<void>> BlePort::hear(std::string path)
{
    const unsigned mine = connection_;
    auto ear = std::make_unique<Ear>();
    bus::Message ask = bluez_->message(path, gatt_interface, "AcquireNotify");
    if (ask) sd_bus_message_append(ask.get(), "a{sv}", 0);
    const auto acquired = co_await bluez_->call(std::move(ask));
    if (!connected_ || mine != connection_) co_return bms::refuse(bms::Refusal::link_lost);
    if (acquired && hear_by_descriptor(*ear, acquired->get())) {
        ears_.push_back(std::move(ear));
        co_return bms::Reply<void>{};
    }
    ear->signals = bluez_->listen(path, [this](ByteView value) { heard(value); });
    ear->path = path;
    ears_.push_back(std::move(ear));
    const auto started = co_await bluez_->call(bluez_->message(path, gatt_interface, "StartNotify"));
    if (!connected_ || mine != connection_) co_return bms::refuse(bms::Refusal::link_lost);
    const bool on = started || started.error().find("InProgress") != std::string::npos ||
                    started.error().find("AlreadyExists") != std::string::npos;
    if (on) co_return bms::Reply<void>{};
    lose("it does not notify: " + started.error());
    co_return bms::refuse(bms::Refusal::link_lost);
}

bool BlePort::hear_by_descriptor(Ear& ear, sd_bus_message* reply)
{
    int fd = -1;
    if (sd_bus_message_read_basic(reply, 'h', &fd) <= 0) return false;
    ear.fd = Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));  // the message closes its own
    if (!ear.fd) return false;
    const int flags = ::fcntl(ear.fd.get(), F_GETFL);
    if (flags < 0 || ::fcntl(ear.fd.get(), F_SETFL, flags | O_NONBLOCK) < 0) return false;
    ear.wait = loop_.watch(ear.fd.get(), Ready::read, [this, &ear] { on_readable(ear); });
    return true;
}

/// One packet is one notification. The end of it is the end of the connection.
void BlePort::on_readable(Ear& ear)
{
    std::array<std::uint8_t, 600> packet;
    for (;;) {
        const ssize_t size = ::read(ear.fd.get(), packet.data(), packet.size());
        if (size > 0) {
            heard(ByteView(packet.data(), static_cast<std::size_t>(size)));
            continue;
        }
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
        loop_.post([this, mine = connection_] {  // not from inside the descriptor's own callback
            if (mine == connection_) lose("the connection was lost");
        });
        ear.wait.reset();
        return;
    }
}

void BlePort::heard(ByteView value)
{
    if (!connected_) return;
    if (tap_ != nullptr) tap_->received(value);
    last_heard_ = loop_.now();
    answered_ = true;
    const std::size_t only = gatt().only_size;
    if (only != 0 && value.size() != only) return;
    append(buffer_, value);
    if (!awaited_ && buffer_.size() > most_kept)  // a stream nobody reads: the newest counts
        buffer_.erase(buffer_.begin(), buffer_.end() - static_cast<std::ptrdiff_t>(only != 0 ? only : most_kept));
    arrivals_.ring();
}

Task<bms::Reply<void>> BlePort::write_piece(std::string path, ByteView bytes, const char* type)
{
    bus::Message ask = bluez_->message(path, gatt_interface, "WriteValue");
    if (ask) {
        sd_bus_message_append_array(ask.get(), 'y', bytes.data(), bytes.size());
        sd_bus_message_append(ask.get(), "a{sv}", 1, "type", "s", type);
    }
    const auto written = co_await bluez_->call(std::move(ask));
    if (!connected_) co_return bms::refuse(bms::Refusal::link_lost);
    if (written) co_return bms::Reply<void>{};
    log::debug("{}: not written: {}", target_.mac, written.error());
    co_return bms::refuse(bms::Refusal::silence);  // a failed try like one that is not answered
}

Task<bms::Reply<void>> BlePort::write(ByteView bytes, std::string_view to)
{
    const std::string path = to.empty() ? paths_.write : path_of(to);
    const auto& characteristics = bluez_->characteristics();
    const auto one = characteristics.find(path);
    if (one == characteristics.end()) co_return bms::refuse(bms::Refusal::unsupported);
    const bool main = path == paths_.write;
    const bool command =
        main ? commands_
             : one->second.can("write-without-response") && (gatt().command_first || !one->second.can("write"));
    const std::size_t mtu = std::max(one->second.mtu, least_mtu) - mtu_overhead;
    std::size_t most = command ? mtu : bytes.size();  // a request that is longer goes as a long write
    if (gatt().piece != 0) most = std::min(most, gatt().piece);
    if (tap_ != nullptr) tap_->sent(bytes);
    for (std::size_t at = 0; at < bytes.size(); at += most) {
        const ByteView piece = bytes.subspan(at, std::min(most, bytes.size() - at));
        co_await must(write_piece(path, piece, command ? "command" : "request"));
    }
    co_return bms::Reply<void>{};
}

bool BlePort::other_write_type()
{
    const auto& characteristics = bluez_->characteristics();
    const auto one = characteristics.find(paths_.write);
    if (one == characteristics.end() || !one->second.can("write") || !one->second.can("write-without-response"))
        return false;
    commands_ = !commands_;
    return true;
}

std::string BlePort::path_of(std::string_view uuid) const
{
    using bms::ble::whole_uuid;
    for (const auto& [path, one] : bluez_->characteristics())
        if (path.starts_with(paths_.device + "/") && whole_uuid(one.uuid) == whole_uuid(uuid)) return path;
    return {};
}

Task<bms::Reply<Bytes>> BlePort::read(std::string_view uuid)
{
    if (!connected_) co_return bms::refuse(bms::Refusal::link_lost);
    const std::string path = path_of(uuid);
    if (path.empty()) co_return bms::refuse(bms::Refusal::unsupported);
    bus::Message ask = bluez_->message(path, gatt_interface, "ReadValue");
    if (ask) sd_bus_message_append(ask.get(), "a{sv}", 0);
    const auto answer = co_await bluez_->call(std::move(ask));
    if (!connected_) co_return bms::refuse(bms::Refusal::link_lost);
    if (!answer) co_return bms::refuse(bms::Refusal::device_error);
    const void* data = nullptr;
    std::size_t size = 0;
    if (sd_bus_message_read_array(answer->get(), 'y', &data, &size) < 0)
        co_return bms::refuse(bms::Refusal::bad_content);
    const auto* begin = static_cast<const std::uint8_t*>(data);
    co_return Bytes(begin, begin + size);
}

Task<void> BlePort::pause(Duration duration)
{
    co_await loop_.sleep(duration);
}

Task<bms::Reply<ByteView>> BlePort::transact(bms::Exchange exchange)
{
    if (!connected_) co_return bms::refuse(bms::Refusal::link_lost);
    asked_ = loop_.now();
    reply_.clear();
    const bool awaits = exchange.length({}) != 0;
    if (awaits) co_await must(hear_all());
    if (!exchange.request.empty()) {
        if (exchange.gap > Duration::zero()) co_await loop_.sleep(exchange.gap);
        if (awaits) buffer_.clear();
        co_await must(write(exchange.request, exchange.to));
        exchange.first = std::max(exchange.first, exchange.first < 700ms ? least_wait : exchange.first);
    }
    if (!awaits) co_return ByteView(reply_);
    const auto taken = co_await reply(exchange);
    if (!taken && connected_ && loop_.now() - last_heard_ >= silence_limit) lose("nothing comes any more");
    co_return taken;
}

/// Waits until the reply is whole, the time is over or the connection gone. Not a moment where nothing is waited for.
Task<bms::Reply<ByteView>> BlePort::reply(const bms::Exchange& exchange)
{
    struct Awaited {
        bool& flag;
        explicit Awaited(bool& mine) : flag(mine) { flag = true; }
        Awaited(const Awaited&) = delete;
        Awaited& operator=(const Awaited&) = delete;
        ~Awaited() { flag = false; }
    };
    const Awaited awaited(awaited_);
    const Instant begun = loop_.now();
    Instant deadline = begun + exchange.first;
    std::size_t seen = 0, wanted = 0;
    for (;;) {
        wanted = exchange.length(buffer_);
        if (wanted <= buffer_.size()) break;
        if (buffer_.size() > most_awaited) buffer_.clear();
        if (!buffer_.empty() && seen == 0 && exchange.first > Duration::zero()) deadline = loop_.now() + exchange.rest;
        seen = buffer_.size();
        if (loop_.now() >= deadline) break;
        co_await arrivals_.wait(deadline);
        if (!connected_) co_return bms::refuse(bms::Refusal::link_lost);
    }
    const bool whole = wanted <= buffer_.size();
    if (!whole && (buffer_.empty() || !exchange.partial))
        co_return bms::refuse(buffer_.empty() ? bms::Refusal::silence : bms::Refusal::cut_short);
    const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, buffer_.size()));
    reply_.assign(buffer_.begin(), end);
    buffer_.erase(buffer_.begin(), end);
    co_return ByteView(reply_);
}

}  // namespace bmsd::link
