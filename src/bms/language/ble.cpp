#include "bms/language/ble.h"

#include <algorithm>
#include <cmath>

#include "util/log.h"

namespace bmsd::bms::ble {
namespace {

constexpr Duration waits[]{700ms, 1400ms, 2900ms};  // for the reply of each try
constexpr Duration locked_out = 60s;
constexpr double highest_cell = 5.906, highest_current = 1000, highest_voltage = 150, full = 100;

/// The link identifies by the MAC: lower case, no colons.
std::string id_of(std::string_view address)
{
    std::string id;
    for (const char c : address)
        if (c != ':') id += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return id;
}

/// Refused whatever the sheet: README section 8.
Reply<void> judge(const Telemetry& t)
{
    if (t.soc && !(*t.soc <= full)) return refuse(Refusal::implausible);
    if (t.current && !(std::abs(*t.current) <= highest_current)) return refuse(Refusal::implausible);
    if (t.voltage && !(*t.voltage > 0 && *t.voltage <= highest_voltage)) return refuse(Refusal::implausible);
    if (t.cell_count && *t.cell_count < 1) return refuse(Refusal::implausible);
    const bool high = std::any_of(t.cell_voltages.begin(), t.cell_voltages.end(),
                                  [](const Number& cell) { return cell && !(*cell <= highest_cell); });
    return high ? refuse(Refusal::implausible) : Reply<void>{};
}

/// Ends at the first character that cannot be printed, blanks at the ends trimmed.
Text text_of(const Bytes& value)
{
    std::string text;
    for (const std::uint8_t byte : value) {
        if (byte < 0x20 || byte > 0x7E) break;
        text += static_cast<char>(byte);
    }
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos) return std::nullopt;
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

namespace detail {

std::size_t Finder::start_in(ByteView so_far, std::size_t from) const
{
    from = std::min(from, so_far.size());
    if (!framing_.one_of.empty()) return from + noise_before(so_far.subspan(from), framing_.one_of);
    const std::string_view start = framing_.start;
    for (std::size_t at = from; at < so_far.size(); ++at) {
        const std::size_t there = std::min(start.size(), so_far.size() - at);
        if (std::equal(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(there),
                       so_far.begin() + static_cast<std::ptrdiff_t>(at),
                       [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }))
            return at;
    }
    return so_far.size();
}

std::size_t Finder::operator()(ByteView so_far)
{
    if (so_far.size() < at_) at_ = 0;  // the link has cleared it
    while (!ended_) {
        at_ = start_in(so_far, at_);
        if (so_far.size() - at_ < std::max<std::size_t>(framing_.start.size(), 1)) break;
        const std::size_t size = framing_.length(so_far.subspan(at_));
        if (size > so_far.size() - at_) return beyond(so_far);
        const Reply<void> opened = open_(so_far.subspan(at_, size));
        found_ = opened.has_value();
        if (found_) return at_ + size;
        reason_ = opened.error();
        if (*reason_ != Refusal::wrong_echo) channel_.refused(*reason_);
        ended_ = *reason_ == Refusal::device_error;
        // what was no frame may hide the start of one
        const bool frame = ended_ || *reason_ == Refusal::wrong_echo || *reason_ == Refusal::wrong_address ||
                           *reason_ == Refusal::bad_content || *reason_ == Refusal::implausible;
        at_ += frame ? std::max<std::size_t>(size, 1) : 1;
    }
    return ended_ ? so_far.size() : so_far.size() + 1;
}

/// What begins at at_ is not whole yet. It may be noise that looks like a beginning: the frame may stand behind it.
std::size_t Finder::beyond(ByteView so_far)
{
    for (std::size_t at = start_in(so_far, at_ + 1); at < so_far.size(); at = start_in(so_far, at + 1)) {
        if (so_far.size() - at < framing_.start.size()) break;
        const std::size_t size = framing_.length(so_far.subspan(at));
        if (size > so_far.size() - at || !open_(so_far.subspan(at, size))) continue;
        found_ = true;
        return at + size;
    }
    return so_far.size() + 1;
}

/// All that came up to the end of the frame; valid until the next exchange.
static Task<Reply<ByteView>> stream_of(Channel& channel, const Asking& asking, Finder& finder)
{
    Exchange exchange{.request = asking.request, .length = std::ref(finder), .to = asking.to};
    Refusal last = Refusal::silence;
    for (bool other = false;; other = true) {
        for (const Duration wait : waits) {
            exchange.first = exchange.rest = asking.once ? asking.limit : wait;
            finder.anew();
            const Reply<ByteView> taken = co_await channel.transact(exchange);
            if (finder.found()) co_return taken;
            if (finder.ended()) co_return refuse(Refusal::device_error);
            last = taken ? Refusal::bad_length : taken.error();
            if (last == Refusal::link_lost || asking.once) break;
        }
        Radio* radio = channel.radio();
        if (other || asking.once || last == Refusal::link_lost || radio == nullptr || !radio->other_write_type())
            co_return refuse(last == Refusal::link_lost ? last : finder.reason(last));
    }
}

Task<Reply<void>> ask(Channel& channel, const Asking& asking, Finder& finder)
{
    co_await must(stream_of(channel, asking, finder));
    co_return Reply<void>{};
}

Task<Reply<void>> hear(Channel& channel, Finder& finder, Duration limit)
{
    const Exchange exchange{.request = {}, .length = std::ref(finder), .first = limit, .rest = limit};
    const Reply<ByteView> taken = co_await channel.transact(exchange);
    if (finder.found()) co_return Reply<void>{};
    const Refusal last = taken ? Refusal::bad_length : taken.error();
    co_return refuse(last == Refusal::link_lost ? last : finder.reason(last));
}

}  // namespace detail

Task<Reply<ByteView>> ask(Channel& channel, const Envelope& envelope, Asking asking, std::uint8_t echo,
                          std::uint8_t address, std::size_t least)
{
    asking.framing = framing(envelope);
    std::size_t size = 0;
    detail::Finder finder(channel, asking.framing, [&](ByteView frame) -> Reply<void> {
        const auto data = envelope.open(frame, echo, address, least);
        size = frame.size();
        return data ? Reply<void>{} : refuse(data.error());
    });
    const auto stream = co_await must(detail::stream_of(channel, asking, finder));
    // what came is moved when the link keeps what follows: the frame is the end of what it hands over
    co_return envelope.open(stream.last(size), echo, address, least);
}

Task<Reply<void>> hear_all(Channel& channel, Framing framing, std::function<Reply<void>(ByteView frame)> take,
                           Duration limit)
{
    co_await must(hear(channel, framing, std::ref(take), limit));
    for (;;) {
        const Reply<void> more = co_await hear(channel, framing, std::ref(take), Duration::zero());
        if (!more) co_return Reply<void>{};
    }
}

Task<Reply<void>> send(Channel& channel, Bytes bytes, std::string_view to)
{
    const Exchange exchange{.request = bytes, .length = exactly(0), .to = to};
    co_await must(channel.transact(exchange));
    co_return Reply<void>{};
}

Task<void> device_information(Channel& channel, Identity& identity)
{
    struct Place {
        std::string_view uuid;
        Text Identity::*member;
    };
    static constexpr Place places[]{{"2a24", &Identity::model_name},
                                    {"2a25", &Identity::serial_number},
                                    {"2a26", &Identity::firmware_version},
                                    {"2a28", &Identity::firmware_version},
                                    {"2a27", &Identity::hardware_version}};
    Radio* radio = channel.radio();
    if (radio == nullptr) co_return;
    for (const Place& place : places) {
        if (place.uuid == "2a28" && identity.firmware_version) continue;
        const auto value = co_await radio->read(place.uuid);
        if (value) identity.*place.member = text_of(*value);
    }
}

Reply<void> wrong_secret(Channel& channel)
{
    if (Radio* radio = channel.radio(); radio != nullptr) {
        log::error("{}: the password was refused; it is not sent again for a minute, check BLUETOOTH_BMS",
                   radio->address());
        radio->stay_away(locked_out);
    }
    return refuse(Refusal::device_error);
}

void take_problem(std::uint64_t word, Telemetry& telemetry)
{
    telemetry.problem_code = word;
    telemetry.alarms[Alarm::internal_failure] = static_cast<std::uint8_t>(word != 0 ? 1 : 0);
}

void sum_cells(Telemetry& telemetry)
{
    telemetry.voltage.reset();
    if (telemetry.cell_voltages.empty()) return;
    double sum = 0;
    for (const Number& cell : telemetry.cell_voltages) {
        if (!cell) return;
        sum += *cell;
    }
    telemetry.voltage = std::round(sum * 1000) / 1000;
}

Reply<void> Host::settle_cells(Telemetry& t)
{
    std::size_t last = 0;
    for (std::size_t i = 0; i < t.cell_voltages.size(); ++i) {
        if (t.cell_voltages[i] && *t.cell_voltages[i] <= 0) t.cell_voltages[i].reset();
        if (t.cell_voltages[i]) last = i + 1;
    }
    if (cells_ == 0) cells_ = last;
    if (last == 0 || last < cells_) return refuse(Refusal::bad_content);
    t.cell_count = static_cast<std::int64_t>(cells_);
    t.cell_voltages.resize(cells_);
    return {};
}

Task<Reply<void>> Host::identify(Channel& channel, Reading& reading)
{
    const Radio* radio = channel.radio();
    if (radio == nullptr) co_return refuse(Refusal::unsupported);
    greeted_.reset();
    reading.identity.type = std::string(entry_.type);
    reading.identity.unique_id = id_of(radio->address());
    co_return co_await cycle(channel, reading);
}

Task<Reply<void>> Host::poll(Channel& channel, Reading& reading)
{
    return cycle(channel, reading);
}

Task<Reply<void>> Host::cycle(Channel& channel, Reading& reading)
{
    const Radio* radio = channel.radio();
    if (radio == nullptr) co_return refuse(Refusal::unsupported);
    if (greeted_ != radio->connection()) {
        cells_ = 0;
        reading.telemetry.cell_count.reset();  // another battery may stand behind the address
        co_await must(greet(channel, reading));
        greeted_ = radio->connection();
    }
    co_await must(read(channel, reading));
    co_return judge(reading.telemetry);
}

}  // namespace bmsd::bms::ble
